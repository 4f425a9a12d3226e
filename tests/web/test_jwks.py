"""/jwks.json, and a verifier elsewhere that keeps it for a while: RFC 7517 §5."""

from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from consentry.keys import ANNOUNCE_SECONDS
from tests.web.world import World

pytestmark = pytest.mark.anyio

HOUR, DAY = 3600, 86_400


@dataclass
class Verifier:
    """Somebody else's: reads the JWK Set once an hour at most, and takes what it finds there."""

    here: World
    keys: KeySet | None = None
    read_at: int = 0

    async def takes(self, token: str) -> bool:
        if self.keys is None or self.here.clock.now >= self.read_at + HOUR:
            response = await self.here.client.get("/jwks.json")
            self.keys, self.read_at = KeySet.import_key_set(response.json()), self.here.clock.now
        try:
            jws.deserialize_compact(token, self.keys, algorithms=["ES256"])
        except ValueError:  # no key of that id
            return False
        return True


async def published(here: World) -> list[dict[str, Any]]:
    response = await here.client.get("/jwks.json")
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["keys"]
    return found


async def test_the_key_set_may_be_kept_for_minutes_and_is_open_to_every_origin(here: World) -> None:
    response = await here.client.get("/jwks.json", headers={"Origin": "https://anywhere.example"})
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.headers["access-control-allow-origin"] == "*"
    etag = response.headers["etag"]
    again = await here.client.get("/jwks.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    preflight = await here.client.options("/jwks.json", headers={"Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 204


@pytest.mark.proves("E3")
async def test_a_verifier_that_keeps_the_key_set_for_an_hour_lives_through_a_rotation_by_age(here: World) -> None:
    clock, signer, verifier = here.clock, here.installation.signer, Verifier(here)
    (first,) = await published(here)
    begun = clock.now
    ends = clock.now + here.installation.settings.signing_key_max_age + 3 * HOUR
    signed: list[tuple[int, str]] = []
    kids = set()
    clock.now = ends - 6 * HOUR  # a quiet time, while nothing changes
    while clock.now < ends:
        await here.installation.tend_keys()
        signed.append((clock.now + HOUR, await signer.sign({"exp": clock.now + HOUR}, "at+jwt")))
        for expires_at, token in signed:
            if clock.now < expires_at:
                assert await verifier.takes(token), f"{clock.now - begun} seconds after the first key"
        kids |= {key["kid"] for key in await published(here)}
        clock.now += 600
    assert len(kids) == 2
    clock.now += 2 * DAY
    (last,) = await published(here)
    assert last["kid"] != first["kid"]
    assert await verifier.takes(await signer.sign({"exp": clock.now + HOUR}, "at+jwt"))


@pytest.mark.proves("E3")
async def test_an_announced_key_is_published_before_it_signs(here: World) -> None:
    clock = here.clock
    (first,) = await published(here)
    clock.now += here.installation.settings.signing_key_max_age - ANNOUNCE_SECONDS
    assert await here.installation.tend_keys()
    assert not await here.installation.tend_keys()
    fresh = next(key for key in await published(here) if key["kid"] != first["kid"])
    old = await here.installation.signer.sign({"exp": clock.now + HOUR}, "at+jwt")
    assert jws.extract_compact(old.encode()).headers()["kid"] == first["kid"]
    clock.now += ANNOUNCE_SECONDS
    new = await here.installation.signer.sign({"exp": clock.now + HOUR}, "at+jwt")
    assert jws.extract_compact(new.encode()).headers()["kid"] == fresh["kid"]
