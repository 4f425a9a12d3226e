"""consentry api-key."""

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from consentry.cli import durations, opening
from consentry.cli.finding import OfAccount, account_of, deployment_of, grant_of
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, when
from consentry.grants import api_key, connections, revoke
from consentry.grants.api_key import NewKey, Wanted
from consentry.grants.connections import Connection
from consentry.grants.model import NEVER, Grant
from consentry.installation import Installation
from consentry.spec import scopes
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction

app = group("API keys: a person's own, and those that applications got instead of tokens.")

DEFAULT_LIFE = "90d"
KeyId = Annotated[str, typer.Argument(metavar="ID", help="Its ID in `api-key list`.", show_default=False)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A key, by its grant, with the names of what it joins; `expires_at` is None where it has no end."""

    grant: Grant
    live: bool
    expires_at: int | None
    account: str
    deployment: str
    application: str | None


@app.command()
def create(
    *,
    account: Annotated[str, typer.Option(metavar="EMAIL", help="Whose it is.", show_default=False)],
    deployment: Annotated[str, typer.Option(metavar="SLUG", help="What it opens.", show_default=False)],
    scope: Annotated[str | None, typer.Option(metavar="SCOPES", help="Default: all that it has.")] = None,
    label: Annotated[str, typer.Option(metavar="LABEL", help="What it is for.", show_default=False)] = "",
    expires_in: Annotated[str, typer.Option(metavar="DURATION", help="As in 30d, or never.")] = DEFAULT_LIFE,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make an API key for a person. It is shown once."""
    ttl = durations.seconds(expires_in, never=True)

    async def work(tx: Transaction, here: Installation) -> tuple[NewKey, Shown]:
        found = await deployment_of(tx, deployment)
        wanted = Wanted(
            await account_of(tx, account),
            found,
            found.resource_at(here.addresses),
            scope,
            label,
            None if ttl == durations.NEVER else ttl,
        )
        made = await api_key.create(tx, wanted, here.entropy, here.clock())
        if isinstance(made, Refusal):
            raise Failure(made.description)
        return made, await _shown(tx, here, await connections.of_grant(tx, made.grant))

    made, shown = opening.write(config, work)
    if as_json:
        show_json(_json(shown) | {"key": made.secret.reveal()})
        return
    show_facts(
        [
            ("ID", shown.grant.id),
            ("API key", made.secret.reveal()),
            ("Label", api_key.label(shown.grant)),
            ("Opens", shown.grant.permissions.resource),
            ("Expires", when(shown.expires_at)),
        ]
    )
    say("The key is shown this once and kept nowhere: copy it now.")


@app.command("list")
def list_(
    *,
    account: OfAccount = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """API keys, newest first. An application's key is labelled after where it was sent; its name is its own word."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        account_id = (await account_of(tx, account)).id if account else None
        return [await _shown(tx, here, one) for one in await connections.every(tx, account_id) if one.key is not None]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [
        (
            one.grant.id,
            one.account,
            one.deployment,
            api_key.label(one.grant),
            one.application or "",
            when(one.grant.last_used_at),
            when(one.expires_at),
            "live" if one.live else "over",
        )
        for one in found
    ]
    header = ("ID", "ACCOUNT", "DEPLOYMENT", "LABEL", "CALLS ITSELF", "LAST USED", "EXPIRES", "STATE")
    show_table(header, rows, "There is no API key.")


@app.command("revoke")
def revoke_(key_id: KeyId, *, config: Config = None, as_json: Json = False) -> None:
    """End a key at once. An application that has one is disconnected."""

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, bool]:
        grant = await grant_of(tx, key_id)
        held = await connections.of_grant(tx, grant)
        if held.key is None:
            raise Failure(f"{key_id} is no API key: `consentry api-key list` shows those there are.")
        before = await _shown(tx, here, held)
        ended = await revoke.end(tx, grant, "ended by the operator", None, here.clock())
        return replace(before, grant=await grant_of(tx, key_id), live=False), ended

    shown, ended = opening.write(config, work)
    if as_json:
        show_json(_json(shown))
    else:
        say(f"The key {key_id} is revoked." if ended else f"The key {key_id} was over already.")


async def _shown(tx: Transaction, here: Installation, one: Connection) -> Shown:
    grant, now = one.grant, here.clock()
    account = await tx.find_account(grant.account_id)
    expires_at = one.key.token.expires_at if one.key else grant.expires_at
    return Shown(
        grant,
        grant.live(now) and now < expires_at,
        None if expires_at == NEVER else expires_at,
        account.email if account else "gone",
        one.deployment.slug if one.deployment else "gone",
        one.client.name if one.client else None,
    )


def _json(shown: Shown) -> dict[str, object]:
    grant = shown.grant
    return {
        "id": grant.id,
        "label": api_key.label(grant),
        "account": shown.account,
        "deployment": shown.deployment,
        "resource": grant.permissions.resource,
        "scope": scopes.render(grant.permissions.scope),
        "client_id": None if grant.client_id == api_key.PERSONAL_KEY else grant.client_id,
        "client_name": shown.application,
        "created_at": grant.created_at,
        "last_used_at": grant.last_used_at,
        "expires_at": shown.expires_at,
        "live": shown.live,
    }
