"""The word on who calls: what it says, and that it is signed again only when something else has to be said."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from consentry.deployments.admission import Person
from consentry.gateway.bearer import NoBearer
from consentry.gateway.identity import HEADER, KEPT_SECONDS, LIFE_SECONDS, Identity, claims
from consentry.gateway.model import Access, Forward, Request
from tests.builders import counted
from tests.gateway.remembered import NOW, access, target

pytestmark = pytest.mark.anyio

AUDIENCE = "http://upstream.test/mcp"
REQUEST = Request("POST", "notes", b"", (), NoBearer.ABSENT)
PERSON = Person("acc_1", "Ada@Example.com", "ada@example.com", verified=True)


class Counting:
    """Signs nothing, and counts what it was asked to sign."""

    def __init__(self) -> None:
        self.signed: list[dict[str, Any]] = []

    async def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        self.signed.append(dict(claims))
        return f"{typ}.{len(self.signed)}"


async def told(identity: Identity, known: Access, now: int = NOW, audience: str = AUDIENCE) -> dict[bytes, bytes]:
    forward = Forward(replace(target(), identity=audience), known)
    judged = identity.judge(REQUEST, forward, now)
    decision = await judged if isinstance(judged, Awaitable) else judged
    assert isinstance(decision, Forward)
    return dict(decision.up)


def test_it_says_who_which_client_and_what_for_and_is_over_soon() -> None:
    said = claims(AUDIENCE, replace(access(), person=PERSON), "one", NOW)
    assert said == {
        "aud": AUDIENCE,
        "sub": "acc_1",
        "email": "Ada@Example.com",
        "email_verified": True,
        "client_id": "cl_1",
        "scope": "mcp",
        "iat": NOW,
        "exp": NOW + LIFE_SECONDS,
        "jti": "one",
    }
    assert 60 <= LIFE_SECONDS <= 300


def test_no_address_is_told_that_nobody_has_proven() -> None:
    for person in (None, replace(PERSON, verified=False)):
        assert "email" not in claims(AUDIENCE, replace(access(), person=person), "one", NOW)


async def test_nothing_is_said_where_nobody_wants_to_know() -> None:
    signer = Counting()
    assert await told(Identity(signer, counted()), access(), audience="") == {}
    assert signer.signed == []


async def test_one_is_sent_again_for_half_its_life_and_never_past_it() -> None:
    signer = Counting()
    identity = Identity(signer, counted())
    first = await told(identity, access())
    assert await told(identity, access(), NOW + KEPT_SECONDS - 1) == first
    assert len(signer.signed) == 1
    assert await told(identity, access(), NOW + KEPT_SECONDS) != first
    assert signer.signed[0]["jti"] != signer.signed[1]["jti"]


async def test_whatever_is_told_otherwise_is_told_at_once_and_to_nobody_else() -> None:
    signer = Counting()
    identity = Identity(signer, counted())
    others = [
        replace(access(), scope=frozenset({"read"})),
        replace(access(), person=PERSON),
        replace(access(), client_id="cl_2"),
        replace(access(), account_id="acc_2"),
    ]
    seen = {(await told(identity, one))[HEADER] for one in [access(), *others]}
    seen.add((await told(identity, access(), audience="http://other.test/mcp"))[HEADER])
    assert len(seen) == 6
    assert {one["aud"] for one in signer.signed} == {AUDIENCE, "http://other.test/mcp"}
