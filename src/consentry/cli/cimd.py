"""consentry cimd."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from consentry import parts
from consentry.cli import opening
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, when
from consentry.clients import cimd, copies, shipped
from consentry.clients.copies import Copy
from consentry.clients.model import Client
from consentry.documents import Documents, Found
from consentry.installation import Installation
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Unfetched
from consentry.store.sql import Transaction

app = group("Client metadata documents: applications that are known by the URL of a document about them.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A document: the copy in use, if any, and the one that stands in where its address fails."""

    client_id: str
    name: str
    used: Copy | None = None
    pin: Copy | None = None


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every document: in use, imported or shipped with the program."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        used = {copy.client_id: copy for copy in await tx.list_copies()}
        pins = {**shipped.documents(), **{pin.client_id: pin for pin in await tx.list_pins()}}
        return [
            Shown(name, _name(here, used.get(name) or pins[name]), used.get(name), pins.get(name))
            for name in sorted({*used, *pins})
        ]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [
        (
            one.client_id,
            one.name or "unnamed",
            f"{one.used.origin}, {when(one.used.obtained_at)}" if one.used else "not yet",
            f"{one.pin.origin}, {when(one.pin.obtained_at)}" if one.pin else "no",
        )
        for one in found
    ]
    show_table(("CLIENT ID", "NAME", "IN USE", "PINNED"), rows, "There is no document yet.")


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(metavar="URL_OR_FILE", help="Where it is.", show_default=False)],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Pin a document: it stands in whenever its address cannot be had. A file holds the document as it is published."""

    async def work(here: Installation) -> Shown:
        documents = parts.documents(here)
        copy, client = await _from_url(documents, source) if cimd.is_url(source) else _from_file(documents, source)
        pin = replace(copy, origin="imported", obtained_at=here.clock(), fresh_until=0)
        await here.store.write(lambda tx: copies.pin(tx, pin, here.clock()))
        return Shown(client.id, client.name, pin=pin)

    shown = opening.run(config, work)
    if as_json:
        show_json(_json(shown))
    else:
        show_facts([("Client ID", shown.client_id), ("Name", shown.name or "unnamed"), ("Pinned", "imported, now")])


@app.command()
def refresh(
    client_id: Annotated[
        str | None, typer.Argument(metavar="CLIENT_ID", help="Its URL. Default: each that is pinned.")
    ] = None,
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ask for a document at its address anew; without CLIENT_ID, for each that is pinned."""

    async def work(here: Installation) -> list[tuple[str, str]]:
        documents = parts.documents(here)
        pins = {pin.client_id: pin for pin in await here.store.read(lambda tx: tx.list_pins())}
        asked = [client_id] if client_id else sorted({*pins, *shipped.documents()})
        return [(one, await _refresh(here, documents, one, pins.get(one))) for one in asked]

    outcomes = opening.run(config, work)
    if as_json:
        show_json([{"client_id": one, "current": not said, "reason": said} for one, said in outcomes])
    else:
        show_table(("CLIENT ID", "OUTCOME"), [(one, said or "current") for one, said in outcomes], "Nothing is pinned.")
        if any(said for _, said in outcomes):
            say("What could not be had stays as it was.")


async def _from_url(documents: Documents, url: str) -> tuple[Copy, Client]:
    found = await _look(documents, url)
    if isinstance(found, Found):
        return found.copy, found.client
    raise Failure(f"{found} Save the document with a browser, and import the file.")


def _from_file(documents: Documents, name: str) -> tuple[Copy, Client]:
    try:
        text = Path(name).read_text("utf-8")
    except OSError as error:
        raise Failure(f"{name}: {error.strerror}. Name a file that can be read, or the document's URL.") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{name} is not JSON in UTF-8: import the document as it is published.") from error
    parsed = cimd.parse(text)
    client_id = parsed.get("client_id") if isinstance(parsed, dict) else None
    if not isinstance(client_id, str) or not cimd.is_url(client_id):
        raise Failure(f"{name} holds no client metadata document: a JSON object with its own URL as client_id.")
    client = _described(documents, client_id, text)
    if isinstance(client, str):
        raise Failure(f"{name} cannot be used. {client}")
    return Copy(client_id, text, "imported", 0), client


def _described(documents: Documents, client_id: str, text: str) -> Client | str:
    if fault := cimd.url_fault(client_id, loopback=documents.loopback):
        return f"Its client_id is no URL of a document: {fault}."
    client = cimd.read(client_id, text, documents.policy, documents.clock())
    return client.description if isinstance(client, Refusal) else client


async def _look(documents: Documents, client_id: str) -> Found | str:
    """What stands at the address, or a sentence."""
    if fault := cimd.url_fault(client_id, loopback=documents.loopback):
        return f"{client_id} can be no client_id: {fault}."
    match await documents.look(client_id):
        case Found() as found:
            return found
        case Unfetched(sentence=sentence):
            return sentence
        case Refusal(description=description):
            return description


async def _refresh(here: Installation, documents: Documents, client_id: str, pin: Copy | None) -> str:
    """Empty where it is current now, else why not."""
    found = await _look(documents, client_id)
    if isinstance(found, str):
        return found
    await documents.keep(found.client, found.copy)
    if pin is not None:
        anew = replace(pin, text=found.copy.text, obtained_at=found.copy.obtained_at)
        await here.store.write(lambda tx: tx.pin(anew))
    return ""


def _name(here: Installation, copy: Copy) -> str:
    client = cimd.read(copy.client_id, copy.text, parts.registration_policy(here), here.clock())
    return client.name if isinstance(client, Client) else ""


def _json(shown: Shown) -> dict[str, object]:
    used, pin = shown.used, shown.pin
    return {
        "client_id": shown.client_id,
        "client_name": shown.name,
        "in_use": used.origin if used else None,
        "obtained_at": used.obtained_at if used else None,
        "fresh_until": used.fresh_until if used else None,
        "pinned": pin.origin if pin else None,
        "pinned_at": pin.obtained_at if pin else None,
    }
