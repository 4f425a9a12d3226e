"""Pushed authorization requests: RFC 9126. A request waits here for its answer, and is answered once (ADR 18)."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from consentry.grants.model import PushedRequest, PushedTransaction
from consentry.grants.terms import Terms
from consentry.spec import params as parameters
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Kind, Secret, mint, recognise

PREFIX = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 §2.2
# From when a browser first brings it: the person may have to find their password, or to set a new one by mail.
ANSWER_SECONDS = 3600
SEAL_PURPOSE = "pushed request"
# What proves the client is no part of its request, and is not kept.
_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pushed request that a browser has brought: what it asks, and since when it is open."""

    pushed: PushedRequest
    params: Params


def request_of(params: Params, client_id: str) -> Params | Refusal:
    """The authorization request within a pushed form; `client_id` is of the client that proved itself."""
    if params.get("request_uri") is not None:
        # RFC 9126 §2.1: the one parameter that must not be pushed.
        return Refusal("invalid_request", "A pushed request must not have a request_uri.", "pushed:request_uri")
    kept = {name: value for name, value in params.values.items() if name not in _CREDENTIALS}
    return replace(params, values=MappingProxyType(kept | {"client_id": client_id}))


class PushTransaction(Protocol):
    """What a push needs of a transaction."""

    async def add_pushed_request(self, pushed: PushedRequest) -> None: ...


async def push(tx: PushTransaction, params: Params, client_id: str, terms: Terms, now: int) -> Secret:
    """Keeps a request that was found to be good; its name, which nobody can guess (RFC 9126 §7.1)."""
    name = mint(Kind.PUSHED_REQUEST, terms.entropy)
    sealed = terms.sealer.seal(parameters.render(params).encode(), SEAL_PURPOSE, name.reveal().encode())
    await tx.add_pushed_request(PushedRequest(name.digest(), client_id, sealed, now + terms.pushed_request_ttl))
    return name


def name_of(params: Params) -> Secret | Refusal | None:
    """The pushed request that an authorization request names; None where it names none of ours."""
    given = params.get("request_uri") or ""
    if not given.startswith(PREFIX):
        return None
    return recognise(given.removeprefix(PREFIX), Kind.PUSHED_REQUEST) or gone()


async def find(tx: PushedTransaction, name: Secret, client_id: str, terms: Terms, now: int) -> Waiting | Refusal:
    """The request of that name. Brought for the first time in time, it waits for as long as a person may take."""
    found = await tx.open_pushed_request(name.digest(), client_id, now, now + ANSWER_SECONDS)
    opened = terms.sealer.open(found.sealed, SEAL_PURPOSE, name.reveal().encode()) if found else None
    params = parameters.parse(opened) if opened is not None else None
    if found is None or not isinstance(params, Params):
        return gone()
    return Waiting(found, params)


async def spend(tx: PushedTransaction, pushed: PushedRequest | None, now: int) -> Refusal | None:
    """A pushed request has one answer: whoever comes second finds it gone."""
    if pushed is None or await tx.spend_pushed_request(pushed.digest, now):
        return None
    return gone()


def gone() -> Refusal:
    """One text for unknown, another client's, expired and answered."""
    return Refusal(
        "invalid_request", "The request_uri is unknown, used or expired: push the request anew.", "pushed:gone"
    )
