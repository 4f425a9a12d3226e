"""consentry key."""

from dataclasses import dataclass
from typing import Annotated

import typer

from consentry import keys
from consentry.cli import opening
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_json, show_table, warn, when
from consentry.installation import Installation
from consentry.keys import SigningKey
from consentry.store.sql import Transaction

app = group("Signing keys: JWT access tokens are signed with them, and clients verify by /jwks.json.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as of now, and whether this installation's secret_key opens its private half."""

    key: SigningKey
    opens: bool
    now: int

    @property
    def state(self) -> str:
        """In words."""
        key = self.key
        if not key.published(self.now):
            state = f"published no more, since {when(key.published_until)}"
        elif self.now < key.signs_from:
            state = f"announced, published, signs from {when(key.signs_from)}"
        elif key.retired_at is not None and key.retired_at <= self.now:
            state = f"retired, published until {when(key.published_until)}"
        else:
            state = "current, published"
        return state if self.opens else f"{state}, cannot be opened"


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every signing key, newest first."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        return [Shown(key, keys.opens(here.sealer, key), here.clock()) for key in await tx.list_signing_keys()]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [(one.key.kid, one.key.algorithm, when(one.key.created_at), one.state) for one in found]
    show_table(("KID", "ALG", "CREATED", "STATE"), rows, "There is no signing key yet: `consentry init` makes one.")
    if not all(one.opens for one in found):
        warn(
            "A key that cannot be opened was sealed under another secret_key: add that one to secret_key behind the "
            "first, or make a fresh one with `consentry key rotate --now`."
        )


@app.command()
def rotate(
    *,
    now: Annotated[bool, typer.Option("--now", help="Let it sign at once, before verifiers have seen it.")] = False,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Withdraw all others at once: what they signed counts no more.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make the next key. It signs an hour later; the old one stays published until its tokens have expired."""

    async def work(here: Installation) -> SigningKey:
        at, policy = here.clock(), here.key_policy
        signs_from = at if now or compromised else at + keys.ANNOUNCE_SECONDS
        fresh = keys.make(here.sealer, policy.algorithm, at, signs_from)

        async def change(tx: Transaction) -> None:
            if compromised:
                await keys.withdraw(tx, fresh, at)
            else:
                await keys.rotate(tx, fresh, policy, at, "by command")

        await here.store.write(change)
        return fresh

    fresh = opening.run(config, work)
    if as_json:
        show_json(_json(Shown(fresh, opens=True, now=fresh.created_at)))
    elif compromised:
        say(
            f"The current key is {fresh.kid}; all others are withdrawn. Servers of this installation follow within a "
            "minute, verifiers elsewhere when they next read /jwks.json. Applications refresh by themselves."
        )
    elif now:
        say(f"The current key is {fresh.kid} from now on. Servers of this installation follow within a minute.")
    else:
        say(f"The key {fresh.kid} is published now and signs from {when(fresh.signs_from)} on.")


def _json(shown: Shown) -> dict[str, object]:
    key = shown.key
    return {
        "kid": key.kid,
        "alg": key.algorithm,
        "created_at": key.created_at,
        "signs_from": key.signs_from,
        "retired_at": key.retired_at,
        "published_until": key.published_until,
        "opens": shown.opens,
    }
