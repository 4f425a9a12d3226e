"""Who the client says it is, the authorization request, and its answer: RFC 7591 §3, OAuth 2.1 §4.1, RFC 9207 §2.4."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from dev.simulators.client import Client, Document, Registration
from dev.simulators.discovery import Place
from dev.simulators.person import Person
from dev.simulators.wire import GotStuckError, Wire, origin_of, read_json

OFFLINE = "offline_access"
OPENID_SCOPES = frozenset({"openid", "profile", "email", "address", "phone", OFFLINE})
VERIFIER_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 7636 §4.1


@dataclass(frozen=True, slots=True)
class Identity:
    """What the client keeps of its registration."""

    client_id: str
    redirect_uri: str
    auth_method: str = "none"
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A code, and what belongs to it."""

    code: str
    verifier: str


class StaleError(Exception):
    """The client was told, before anybody saw a page, that its registration is not known."""


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """With what differs from one connection to the next put in."""
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace(f"{{{name}}}", word)
        return value
    if isinstance(value, list):
        return [filled(entry, words) for entry in value]
    if isinstance(value, Mapping):
        return {name: filled(entry, words) for name, entry in value.items()}
    return value


async def identify(wire: Wire, place: Place) -> Identity:
    """By document where it has one, or else by registering."""
    client = wire.client
    words = {
        "port": str(49152 + secrets.randbelow(16384)),
        "callback_id": secrets.token_hex(8),
        "scope": " ".join(place.scopes(place.resource)),
    }
    redirect_uri = filled(client.redirect_uri, words)
    match client.identity:
        case Document() as document:
            return Identity(await _document(wire, place, document, words), redirect_uri)
        case Registration(body=body):
            return await _register(wire, place, filled(body, words), redirect_uri)


async def _document(wire: Wire, place: Place, document: Document, words: Mapping[str, str]) -> str:
    offered = place.server.get("client_id_metadata_document_supported") is True
    if not offered or "none" not in place.server.get("token_endpoint_auth_methods_supported", []):
        raise GotStuckError("the server does not take metadata documents from public clients")
    client_id: str = filled(document.client_id, words)
    if not document.ships:
        client_id = await wire.stage.publish(client_id, filled(document.members, words))
    wire.note("its client_id is the address of its document", client_id)
    return client_id


async def _register(wire: Wire, place: Place, body: dict[str, Any], redirect_uri: str) -> Identity:
    body = {name: value for name, value in body.items() if value != ""}  # no scope where none is known
    headers = {"content-type": "application/json"}
    response = await wire.send(
        "POST", place.endpoint("registration_endpoint"), f"as {body['client_name']}", headers, json.dumps(body).encode()
    )
    told = read_json(response, 200, 201)
    changed = [name for name in body if name != "grant_types" and told.get(name) != body[name]]
    if changed:
        raise GotStuckError(f"the server registered something else for {', '.join(changed)}")
    if not set(told.get("grant_types", [])) <= set(body.get("grant_types", told.get("grant_types", []))):
        raise GotStuckError("the server registered grants that were not asked for")
    method, secret = told.get("token_endpoint_auth_method", "none"), told.get("client_secret")
    if (secret is None) != (method == "none"):
        raise GotStuckError(
            f"the client is to prove itself by {method}, {'without' if secret is None else 'with'} a secret"
        )
    return Identity(str(told["client_id"]), redirect_uri, method, secret)


async def authorize(wire: Wire, place: Place, identity: Identity, person: Person) -> Answer:
    """To a code, by way of the person; the callback's address is read, and never opened."""
    verifier, url, state = authorization_url(wire.client, place, identity)
    if wire.client.preflight:
        response = await wire.get(url, "itself first")
        if response.status_code == 400:
            raise StaleError
        if response.status_code not in {200, 302, 303, 307, 308}:
            raise GotStuckError(f"the authorization page itself answers {response.status_code}")
    callback, pages = await person.approve(url, identity.redirect_uri)
    wire.note(f"browser: {origin_of(url)}{urlsplit(url).path}", f"{', then '.join(pages)}, Approve")
    answer = _one_each(callback)
    wire.note("the callback is read, not opened", f"{callback.partition('?')[0]} with {', '.join(sorted(answer))}")
    if answer.get("state") != state:
        raise GotStuckError("state did not come back as it was sent")
    if place.issuer is not None and answer.get("iss") != place.issuer:
        raise GotStuckError(f"iss is {answer.get('iss')}, and the metadata says {place.issuer}")
    if "code" not in answer:
        raise GotStuckError(f"there is no code, but {answer.get('error')}: {answer.get('error_description')}")
    return Answer(answer["code"], verifier)


def authorization_url(client: Client, place: Place, identity: Identity) -> tuple[str, str, str]:
    """The verifier, the address to open, and the state in it."""
    verifier = "".join(secrets.choice(VERIFIER_CHARACTERS) for _ in range(client.verifier_length))
    state = secrets.token_urlsafe(24)
    asked = {
        "response_type": "code",
        "client_id": identity.client_id,
        "redirect_uri": identity.redirect_uri,
        "state": state,
        "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if (resource := resource_of(client, place)) is not None:
        asked["resource"] = resource
    wanted = scopes_of(client, place)
    if wanted:
        asked["scope"] = " ".join(wanted)
    if client.consent_prompt and OFFLINE in wanted:
        asked["prompt"] = "consent"
    endpoint = place.endpoint("authorization_endpoint")
    return verifier, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", state


def resource_of(client: Client, place: Place) -> str | None:
    """RFC 8707 §2, in this client's spelling."""
    named = str(place.resource["resource"]) if place.resource is not None else None
    match client.resource:
        case "none":
            return None
        case "origin":
            return f"{origin_of(place.url)}/"
        case "normalised":
            return named if named is None or urlsplit(named).path else f"{named}/"
        case "metadata":
            return named


def scopes_of(client: Client, place: Place) -> list[str]:
    """What it asks for, of what is offered."""
    server = place.scopes(place.server)
    wanted = server if client.scopes == "server" else place.scopes(place.resource)
    if client.scopes == "openid":
        wanted = [*wanted, *(scope for scope in server if scope in OPENID_SCOPES)]
    if client.offline_access and OFFLINE in server:
        wanted = [*wanted, OFFLINE]
    return list(dict.fromkeys(wanted))


def _one_each(callback: str) -> dict[str, str]:
    found = parse_qs(urlsplit(callback).query, keep_blank_values=True)
    several = [name for name, values in found.items() if len(values) > 1]
    if several:
        raise GotStuckError(f"the callback has {', '.join(several)} more than once")
    return {name: values[0] for name, values in found.items()}
