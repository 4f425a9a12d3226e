"""consentry grant."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

import typer

from consentry.audit import Event
from consentry.cli import opening
from consentry.cli.finding import OfAccount, account_of, grant_of
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import plain, say, show_facts, show_json, show_table, when
from consentry.grants import connections, story
from consentry.grants import revoke as revocation
from consentry.grants.connections import Connection
from consentry.grants.model import NEVER, Grant
from consentry.installation import Installation
from consentry.spec import scopes
from consentry.store.sql import Transaction

app = group("Grants: what was approved, for whom.")

FOLDED = 3  # so many refreshes in a row are told in one line

GrantId = Annotated[str, typer.Argument(metavar="ID", help="Its ID in `grant list`.", show_default=False)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A grant with the names of what it joins; a name is None where the thing is gone."""

    grant: Grant
    live: bool
    account: str | None
    client_name: str | None
    deployment: str | None

    @property
    def state(self) -> str:
        """In words."""
        if self.grant.ended_because is not None:
            because = self.grant.ended_because
            return because if because.startswith(("ended ", "revoked ")) else f"ended: {because}"
        return "connected" if self.live else "expired"


@app.command("list")
def list_(
    *,
    account: OfAccount = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Connected applications, newest first. Ended ones stay listed for thirty days past their term."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        account_id = (await account_of(tx, account)).id if account else None
        return [await _shown(tx, here, one) for one in await connections.every(tx, account_id)]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [
        (
            one.grant.id,
            one.account or "gone",
            one.grant.label or one.client_name or one.grant.client_id,
            one.deployment or "gone",
            when(one.grant.last_used_at),
            one.state,
        )
        for one in found
    ]
    show_table(("ID", "ACCOUNT", "APPLICATION", "DEPLOYMENT", "LAST USED", "STATE"), rows, "Nothing is connected.")


@app.command()
def show(grant_id: GrantId, *, config: Config = None, as_json: Json = False) -> None:
    """One grant and its story, oldest first."""

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, list[Event]]:
        grant = await grant_of(tx, grant_id)
        return await _shown(tx, here, await connections.of_grant(tx, grant)), await tx.list_events(grant_id=grant.id)

    shown, events = opening.read(config, work)
    if as_json:
        show_json(_json(shown) | {"events": [_event_json(event) for event in events]})
        return
    grant = shown.grant
    show_facts(
        [
            ("Grant", grant.id),
            ("Account", shown.account or "gone"),
            ("Application", f"{grant.label or shown.client_name or 'unnamed'} ({grant.client_id})"),
            ("Deployment", f"{shown.deployment or 'gone'} ({grant.permissions.resource})"),
            ("Scope", scopes.render(grant.permissions.scope)),
            ("Approved", f"{when(grant.created_at)}, {_whence(grant)}"),
            ("Speaks for", "itself" if grant.subject else "the account"),
            ("Last used", when(grant.last_used_at)),
            ("Expires", "never" if grant.expires_at == NEVER else when(grant.expires_at)),
            ("State", shown.state),
        ]
    )
    say("")
    for event, sentence in _folded(events):
        mark = "!" if event.suspicious else " "
        say(plain(f"{mark} {when(event.at)}  {event.network or 'this machine':15}  {sentence}"))


@app.command()
def revoke(grant_id: GrantId, *, config: Config = None, as_json: Json = False) -> None:
    """End a grant at once. The application has to ask again."""

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, bool]:
        grant = await grant_of(tx, grant_id)
        ended = await revocation.end(tx, grant, "ended by the operator", None, here.clock())
        return await _shown(tx, here, await connections.of_grant(tx, await grant_of(tx, grant_id))), ended

    shown, ended = opening.write(config, work)
    if as_json:
        show_json(_json(shown))
    else:
        say(f"The grant {grant_id} is ended." if ended else f"The grant {grant_id} was over already ({shown.state}).")


async def _shown(tx: Transaction, here: Installation, one: Connection) -> Shown:
    account = await tx.find_account(one.grant.account_id)
    return Shown(
        one.grant,
        one.grant.live(here.clock()),
        account.email if account else None,
        one.client.name if one.client else None,
        one.deployment.slug if one.deployment else None,
    )


def _folded(events: list[Event]) -> Iterator[tuple[Event, str]]:
    """Each with its sentence. Refreshes one after the other from one network are one line: there is one every hour."""
    for (name, _), run in groupby(events, key=lambda event: (event.name, event.network)):
        told = list(run)
        if name == "grant:token:refreshed" and len(told) >= FOLDED:
            yield told[0], f"The application refreshed its access {len(told)} times, until {when(told[-1].at)}."
        else:
            yield from ((event, story.words(event)) for event in told)


def _whence(grant: Grant) -> str:
    if grant.subject:
        return "by the operator"
    browser = f"in {grant.browser}, " if grant.browser else ""
    return f"{browser}from {grant.network or 'an unknown network'}"


def _json(shown: Shown) -> dict[str, object]:
    grant = shown.grant
    return {
        "id": grant.id,
        "live": shown.live,
        "account": shown.account,
        "client_id": grant.client_id,
        "client_name": shown.client_name,
        "label": grant.label,
        "deployment": shown.deployment,
        "resource": grant.permissions.resource,
        "scope": scopes.render(grant.permissions.scope),
        "subject": grant.sub,
        "refresh": grant.refresh,
        "network": grant.network,
        "browser": grant.browser,
        "created_at": grant.created_at,
        "expires_at": None if grant.expires_at == NEVER else grant.expires_at,
        "last_used_at": grant.last_used_at,
        "ended_at": grant.ended_at,
        "ended_because": grant.ended_because,
    }


def _event_json(event: Event) -> dict[str, object]:
    return {
        "name": event.name,
        "at": event.at,
        "network": event.network,
        "suspicious": event.suspicious,
        "words": story.words(event),
        "detail": event.detail,
    }
