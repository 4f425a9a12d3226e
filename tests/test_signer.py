"""Signing and verifying: what passes is what we signed, as what it was signed, and nothing else."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from consentry import keys
from consentry.keys import ANNOUNCE_SECONDS, NoSigningKeyError, Signer, SigningKey
from consentry.keys.signer import REFRESH_SECONDS
from tests.builders import HOUR, NOW, sealer

pytestmark = pytest.mark.anyio

ISSUER = "https://h.example"
TYP = "at+jwt"
CLAIMS = {"sub": "account_1", "exp": NOW + HOUR}


@dataclass
class Here:
    """The keys of a store that can be away, and a clock."""

    keys: list[SigningKey] = field(default_factory=lambda: [keys.make(sealer(), "ES256", NOW)])
    now: int = NOW
    away: bool = False
    reads: int = 0

    async def read(self) -> list[SigningKey]:
        self.reads += 1
        if self.away:
            raise ConnectionError
        return list(self.keys)

    def signer(self, **changes: Any) -> Signer:
        made = Signer(ISSUER, "ES256", sealer(), self.read, lambda: self.now)
        return replace(made, **changes) if changes else made


def unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    part = token.split(".", maxsplit=1)[0]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_what_is_signed_is_verified_by_any_process(algorithm: keys.Algorithm) -> None:
    here = Here([keys.make(sealer(), algorithm, NOW)])
    signed = await here.signer().sign(CLAIMS, TYP)
    assert header_of(signed) == {"alg": algorithm, "typ": TYP, "kid": here.keys[0].kid}
    assert await here.signer().verify(signed, TYP) == {"iss": ISSUER} | CLAIMS


async def test_a_token_that_comes_again_is_remembered_but_not_beyond_its_key_or_its_time() -> None:
    here = Here()
    signer = here.signer()
    signed = await signer.sign(CLAIMS, TYP)
    assert await signer.verify(signed, TYP) == await signer.verify(signed, TYP) is not None
    assert await signer.verify(signed, "JWT") is None
    here.now = NOW + HOUR
    assert await signer.verify(signed, TYP) is None
    assert await signer.verify(signed, TYP, expired_too=True) is not None
    here.keys = [replace(here.keys[0], published_until=NOW)]
    here.now += REFRESH_SECONDS
    assert await signer.verify(signed, TYP, expired_too=True) is None


Forge = Callable[[Signer, SigningKey], Awaitable[str]]


async def forged_header(signer: Signer, _key: SigningKey, **changes: Any) -> str:
    header, payload, signature = (await signer.sign(CLAIMS, TYP)).split(".")
    changed = header_of(header) | changes
    return f"{unpadded(json.dumps(changed).encode())}.{payload}.{signature}"


async def of_no_algorithm(signer: Signer, key: SigningKey) -> str:
    header, payload, _ = (await forged_header(signer, key, alg="none")).split(".")
    return f"{header}.{payload}."


async def of_a_mac_with_the_public_key(signer: Signer, key: SigningKey) -> str:
    header, payload, _ = (await forged_header(signer, key, alg="HS256")).split(".")
    public = ECKey.import_key(dict(key.public_jwk)).as_pem(private=False)
    return f"{header}.{payload}.{unpadded(hmac.digest(public, f'{header}.{payload}'.encode(), sha256))}"


async def of_a_key_in_the_header(_signer: Signer, key: SigningKey) -> str:
    theirs = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": TYP, "kid": key.kid, "jwk": theirs.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps({"iss": ISSUER} | CLAIMS), theirs)


async def of_a_key_that_is_not_published(_signer: Signer, _key: SigningKey) -> str:
    theirs = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": TYP, "kid": theirs.thumbprint()}
    return jws.serialize_compact(header, json.dumps({"iss": ISSUER} | CLAIMS), theirs)


async def of_a_path_for_a_kid(signer: Signer, key: SigningKey) -> str:
    return await forged_header(signer, key, kid="../../../../dev/null")


async def of_a_kid_that_is_no_text(signer: Signer, key: SigningKey) -> str:
    return await forged_header(signer, key, kid=["a"])


async def of_no_kid(signer: Signer, key: SigningKey) -> str:
    return await forged_header(signer, key, kid=None)


async def of_the_curve_of_another_key(signer: Signer, key: SigningKey) -> str:
    return await forged_header(signer, key, alg="EdDSA")


async def of_an_id_token(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS, "JWT")


async def of_a_critical_header(signer: Signer, key: SigningKey) -> str:
    return await forged_header(signer, key, crit=["exp"], exp=1)


async def of_another_issuer(signer: Signer, _key: SigningKey) -> str:
    return await replace(signer, issuer="https://evil.example").sign(CLAIMS, TYP)


async def of_an_issuer_in_the_claims(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS | {"iss": "https://evil.example"}, TYP)


async def of_a_changed_claim(signer: Signer, _key: SigningKey) -> str:
    header, _, signature = (await signer.sign(CLAIMS, TYP)).split(".")
    return f"{header}.{unpadded(json.dumps({'iss': ISSUER} | CLAIMS | {'sub': 'account_2'}).encode())}.{signature}"


async def of_no_expiry(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign({"sub": "account_1"}, TYP)


async def of_an_expiry_in_words(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS | {"exp": "never"}, TYP)


async def of_a_later_day(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS | {"nbf": NOW + 1}, TYP)


async def of_a_past_hour(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS | {"exp": NOW}, TYP)


async def of_too_many_letters(signer: Signer, _key: SigningKey) -> str:
    return await signer.sign(CLAIMS | {"x": "x" * 10_000}, TYP)


FORGERIES: list[Forge] = [
    of_no_algorithm,
    of_a_mac_with_the_public_key,
    of_a_key_in_the_header,
    of_a_key_that_is_not_published,
    of_a_path_for_a_kid,
    of_a_kid_that_is_no_text,
    of_no_kid,
    of_the_curve_of_another_key,
    of_an_id_token,
    of_a_critical_header,
    of_another_issuer,
    of_an_issuer_in_the_claims,
    of_a_changed_claim,
    of_no_expiry,
    of_an_expiry_in_words,
    of_a_later_day,
    of_a_past_hour,
    of_too_many_letters,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_a_token_is_refused(forge: Forge) -> None:
    here = Here()
    signer = here.signer()
    forged = await forge(signer, here.keys[0])
    assert await signer.verify(forged, TYP) is None
    assert await signer.verify(await signer.sign(CLAIMS, TYP), TYP) is not None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.", "bnVsbA.bnVsbA.", "[]" * 9, "x" * 9000])
async def test_what_is_no_token_is_refused(text: str) -> None:
    assert await Here().signer().verify(text, TYP) is None


async def test_a_process_learns_of_a_rotation_long_before_the_fresh_key_signs() -> None:
    here = Here()
    one, other = here.signer(), here.signer()
    old = here.keys[0]
    assert header_of(await one.sign(CLAIMS, TYP))["kid"] == header_of(await other.sign(CLAIMS, TYP))["kid"] == old.kid
    begins = NOW + ANNOUNCE_SECONDS
    fresh = keys.make(sealer(), "ES256", NOW, begins)
    here.keys = [fresh, replace(old, retired_at=begins, published_until=begins + 2 * HOUR)]
    here.now = NOW + REFRESH_SECONDS
    await one.sign(CLAIMS, TYP)
    assert REFRESH_SECONDS < ANNOUNCE_SECONDS
    here.now, here.away = begins - 1, True
    assert header_of(await one.sign(CLAIMS, TYP))["kid"] == old.kid
    here.now = begins
    late = await one.sign(CLAIMS | {"exp": begins + HOUR}, TYP)
    assert header_of(late)["kid"] == fresh.kid
    here.away = False
    assert await other.verify(late, TYP) is not None


async def test_a_key_that_signs_at_once_is_asked_for_and_invented_ids_do_not_keep_the_store_busy() -> None:
    here = Here()
    signer = here.signer()
    await signer.sign(CLAIMS, TYP)
    here.now += 10
    here.keys = [keys.make(sealer(), "ES256", here.now), *here.keys]
    assert await signer.verify(await here.signer().sign(CLAIMS, TYP), TYP) is not None
    before = here.reads
    for number in range(20):
        await signer.verify(await forged_header(signer, here.keys[0], kid=f"k{number}"), TYP)
    assert here.reads == before


async def test_without_a_key_that_opens_nothing_is_signed() -> None:
    here = Here()
    with pytest.raises(NoSigningKeyError, match="secret_key"):
        await here.signer(sealer=sealer(b"another key, of thirty-two letters")).sign(CLAIMS, TYP)
    here.away = True
    with pytest.raises(ConnectionError):
        await here.signer().sign(CLAIMS, TYP)
