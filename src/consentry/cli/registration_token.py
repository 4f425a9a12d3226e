"""consentry registration-token: initial access tokens (RFC 7591 §3)."""

from typing import Annotated

import typer

from consentry.cli import durations, opening
from consentry.cli.finding import registration_token_of
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_facts, show_json, show_table, warn, when
from consentry.clients import initial_access
from consentry.clients.initial_access import InitialAccessToken
from consentry.installation import Installation
from consentry.store.sql import Transaction
from consentry.tokens import Secret

app = group("Initial access tokens: the right to register, where registration = initial_access_token.")

TokenId = Annotated[str, typer.Argument(metavar="ID", help="Its ID in `registration-token list`.", show_default=False)]


@app.command()
def create(
    *,
    label: Annotated[str, typer.Option(metavar="LABEL", help="Whom it is for.")] = "",
    expires_in: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="For how long it works, as in 12h or 7d. Default: until revoked."),
    ] = None,
    uses: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How often it works. Default: any number of times.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a token that lets its bearer register. It is shown this once."""
    seconds = durations.seconds(expires_in) if expires_in is not None else None
    if seconds == 0:
        raise typer.BadParameter("--expires-in must be longer than nothing")

    async def work(tx: Transaction, here: Installation) -> tuple[Secret, InitialAccessToken, str]:
        secret, token = initial_access.make(label, seconds, uses, here.entropy, here.clock())
        await initial_access.create(tx, token)
        return secret, token, here.settings.registration

    secret, token, policy = opening.write(config, work)
    if policy != "initial_access_token":
        warn(f"Note: registration is {policy}, so that no token is asked for. Set registration = initial_access_token.")
    if as_json:
        show_json(_json(token, usable=True) | {"token": secret.reveal()})
        return
    show_facts([("Token", secret.reveal()), ("ID", token.id), ("Label", token.label or "none"), *_bounds(token)])
    say("The token is shown this once and kept nowhere: copy it now.")


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every token, oldest first; the tokens themselves are not kept."""

    async def work(tx: Transaction, here: Installation) -> list[tuple[InitialAccessToken, bool]]:
        return [(token, token.usable(here.clock())) for token in await tx.list_initial_access_tokens()]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(token, usable=usable) for token, usable in found])
        return
    rows = [
        (token.id, token.label, _used(token), when(token.expires_at), "works" if usable else "used up or expired")
        for token, usable in found
    ]
    empty = "There is no registration token yet: `consentry registration-token create` makes one."
    show_table(("ID", "LABEL", "USED", "EXPIRES", "STATE"), rows, empty)


@app.command()
def revoke(token_id: TokenId, *, config: Config = None, as_json: Json = False) -> None:
    """Void a token. What was registered with it stays."""

    async def work(tx: Transaction, here: Installation) -> None:
        await initial_access.revoke(tx, await registration_token_of(tx, token_id), here.clock())

    opening.write(config, work)
    if as_json:
        show_json({"id": token_id, "revoked": True})
    else:
        say(f"The registration token {token_id} is void.")


def _used(token: InitialAccessToken) -> str:
    return str(token.uses) if token.most_uses is None else f"{token.uses} of {token.most_uses}"


def _bounds(token: InitialAccessToken) -> list[tuple[str, str]]:
    return [("Expires", when(token.expires_at)), ("Uses", str(token.most_uses or "any number"))]


def _json(token: InitialAccessToken, *, usable: bool) -> dict[str, object]:
    return {
        "id": token.id,
        "label": token.label,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "most_uses": token.most_uses,
        "uses": token.uses,
        "usable": usable,
    }
