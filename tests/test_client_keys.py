"""The keys at a client's jwks_uri: fetched seldom, kept for a while, and looked for anew where one is unknown."""

import asyncio
import json
from dataclasses import dataclass, replace

import pytest

from consentry.client_keys import ASK_AGAIN_SECONDS, KEPT_SECONDS, MOST_KEPT, STAND_IN_SECONDS, ClientKeys
from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from tests.builders import NOW, client
from tests.signing import jwks, key, public

pytestmark = [pytest.mark.anyio, pytest.mark.proves("D18")]

URI = "https://agent.example/jwks.json"
SIGNER = replace(client(), auth_method="private_key_jwt", jwks_uri=URI)
ONE, OTHER = key("ES256"), key("EdDSA")


@dataclass
class Address:
    """What stands at the address, and how often it was asked."""

    body: bytes | None = json.dumps(jwks(ONE)).encode()
    asked: int = 0
    now: int = NOW

    async def __call__(self, url: str, bounds: Bounds) -> Fetched | Unfetched:
        assert url.startswith("https://agent.example/")
        assert bounds.most_bytes <= 65_536
        self.asked += 1
        await asyncio.sleep(0)
        if self.body is None:
            return Unfetched("agent.example answers HTTP 403.", "status", 403)
        return Fetched(url, "application/json", self.body, {})

    def keys(self) -> ClientKeys:
        return ClientKeys(self, lambda: self.now)


async def had(keys: ClientKeys, kid: str | None = ONE.kid, signer: Client = SIGNER) -> Jwks:
    found = await keys.find_keys(signer, kid)
    assert not isinstance(found, Refusal), found
    return found


async def test_keys_by_value_ask_nobody() -> None:
    address = Address()
    by_value = replace(SIGNER, jwks=public(ONE), jwks_uri=None)
    assert await had(address.keys(), "whatever", by_value) == public(ONE)
    assert address.asked == 0


async def test_a_set_is_fetched_once_and_kept_for_a_while() -> None:
    address = Address()
    keys = address.keys()
    for _ in range(3):
        assert await had(keys) == public(ONE)
    address.now += KEPT_SECONDS - 1
    await had(keys)
    assert address.asked == 1
    address.now += 1
    await had(keys)
    assert address.asked == 2


async def test_of_requests_that_come_at_once_one_asks() -> None:
    address = Address()
    keys = address.keys()
    assert await asyncio.gather(*(had(keys) for _ in range(20))) == [public(ONE)] * 20
    assert address.asked == 1


async def test_an_unknown_key_is_looked_for_once_a_minute_at_most() -> None:
    address = Address()
    keys = address.keys()
    await had(keys)
    for _ in range(5):
        await had(keys, OTHER.kid)
    assert address.asked == 1
    address.now += ASK_AGAIN_SECONDS
    address.body = json.dumps(jwks(ONE, OTHER)).encode()
    for _ in range(5):
        assert await had(keys, OTHER.kid) == public(ONE, OTHER)
    assert address.asked == 2
    address.now += ASK_AGAIN_SECONDS
    for number in range(5):
        await had(keys, f"invented {number}")
    assert address.asked == 3


async def test_a_set_that_was_had_stands_in_while_its_address_fails_but_not_for_ever() -> None:
    address = Address()
    keys = address.keys()
    await had(keys)
    address.body = None
    address.now += KEPT_SECONDS
    assert await had(keys) == public(ONE)
    assert await had(keys) == public(ONE)
    assert address.asked == 2
    address.now = NOW + STAND_IN_SECONDS
    refusal = await keys.find_keys(SIGNER, None)
    assert isinstance(refusal, Refusal)
    assert (refusal.error, refusal.reason) == ("invalid_client", "client:keys:unfetched")


async def test_a_key_that_its_owner_took_away_is_gone_with_the_next_look() -> None:
    address = Address(json.dumps(jwks(ONE, OTHER)).encode())
    keys = address.keys()
    assert len(await had(keys)) == 2
    address.body = json.dumps(jwks(OTHER)).encode()
    address.now += KEPT_SECONDS
    assert await had(keys, OTHER.kid) == public(OTHER)


@pytest.mark.parametrize("body", [None, b"", b"<html>", b"{}", b"[" * 9000, b"\xff", json.dumps({"keys": []}).encode()])
async def test_what_is_no_key_set_is_refused_with_why_and_not_asked_for_again_at_once(body: bytes | None) -> None:
    address = Address(body)
    keys = address.keys()
    for _ in range(3):
        refusal = await keys.find_keys(SIGNER, None)
        assert isinstance(refusal, Refusal)
        assert "jwks_uri" in refusal.description
    assert address.asked == 1
    address.now += ASK_AGAIN_SECONDS
    address.body = json.dumps(jwks(ONE)).encode()
    assert await had(keys) == public(ONE)


async def test_what_is_kept_is_bounded() -> None:
    address = Address()
    keys = address.keys()
    for number in range(MOST_KEPT + 20):
        await had(keys, None, replace(SIGNER, id=f"client_{number}"))
    assert len(keys._kept) == MOST_KEPT
    assert address.asked == MOST_KEPT + 20


async def test_one_client_cannot_use_up_anothers_looks() -> None:
    address = Address()
    keys = address.keys()
    await had(keys)
    await had(keys, "invented")
    await had(keys, OTHER.kid, replace(SIGNER, id="client_2"))
    assert address.asked == 2
