"""consentry key."""

from dataclasses import dataclass

from consentry import keys
from consentry.cli import opening
from consentry.cli.opening import Config, Json, group
from consentry.cli.output import say, show_json, show_table, warn, when
from consentry.installation import Installation
from consentry.keys import SigningKey
from consentry.store.sql import Transaction

app = group("Signing keys: published, for clients to verify with. Nothing is signed with them yet.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key, and whether this installation's secret_key opens its private half."""

    key: SigningKey
    opens: bool


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every signing key, newest first."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        return [Shown(key, keys.opens(here.sealer, key)) for key in await tx.list_signing_keys()]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [(one.key.kid, keys.ALGORITHM, when(one.key.created_at), _state(one)) for one in found]
    show_table(("KID", "ALG", "CREATED", "STATE"), rows, "There is no signing key yet: `consentry init` makes one.")
    if not all(one.opens for one in found):
        warn(
            "A key that cannot be opened was sealed under another secret_key: add that one to secret_key behind the "
            "first, or make a fresh one with `consentry key rotate`."
        )


@app.command()
def rotate(*, config: Config = None, as_json: Json = False) -> None:
    """Make a fresh key the current one. The old one stays published for two days."""

    async def work(here: Installation) -> SigningKey:
        now = here.clock()
        fresh = keys.make(here.sealer, now)
        await here.store.write(lambda tx: keys.rotate(tx, fresh, now))
        return fresh

    fresh = opening.run(config, work)
    if as_json:
        show_json(_json(Shown(fresh, opens=True)))
    else:
        say(f"The current key is {fresh.kid} from now on. It is published; nothing is signed with it yet.")


def _state(shown: Shown) -> str:
    state = "current, published"
    if shown.key.retired_at is not None:
        state = f"retired, published until {when(shown.key.retired_at + keys.OVERLAP_SECONDS)}"
    return state if shown.opens else f"{state}, cannot be opened"


def _json(shown: Shown) -> dict[str, object]:
    key = shown.key
    retired = key.retired_at
    return {
        "kid": key.kid,
        "alg": keys.ALGORITHM,
        "created_at": key.created_at,
        "retired_at": retired,
        "published_until": None if retired is None else retired + keys.OVERLAP_SECONDS,
        "opens": shown.opens,
    }
