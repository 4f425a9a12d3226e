import json
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from consentry import keys
from consentry.keys import OVERLAP_SECONDS, SEAL_PURPOSE, SigningKey
from consentry.store.sql import Transaction
from tests.bench import open_bench
from tests.builders import NOW, sealer


def test_a_new_key_signs_what_its_published_half_verifies() -> None:
    key = keys.make(sealer(), NOW)
    opened = sealer().open(key.sealed_private_jwk, SEAL_PURPOSE)
    assert opened is not None
    signed = jws.serialize_compact({"alg": "ES256"}, b"payload", ECKey.import_key(json.loads(opened)))
    (published,) = keys.publish([key], NOW)["keys"]
    assert jws.deserialize_compact(signed, ECKey.import_key(dict(published))).payload == b"payload"


def test_what_is_published_is_public() -> None:
    (published,) = keys.publish([keys.make(sealer(), NOW)], NOW)["keys"]
    assert published.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (published["kty"], published["crv"], published["alg"], published["use"]) == ("EC", "P-256", "ES256", "sig")


def test_the_kid_is_the_thumbprint() -> None:
    key = keys.make(sealer(), NOW)
    assert key.kid == key.public_jwk["kid"] == ECKey.import_key(dict(key.public_jwk)).thumbprint()


def test_two_keys_differ_and_show_nothing() -> None:
    one, other = keys.make(sealer(), NOW), keys.make(sealer(), NOW)
    assert one.kid != other.kid
    assert one.kid not in repr(one)


def test_a_retired_key_is_published_until_its_overlap_is_over() -> None:
    key = keys.make(sealer(), NOW)
    retired = SigningKey(key.kid, key.public_jwk, key.sealed_private_jwk, NOW, retired_at=NOW + 10)
    assert keys.publish([retired], NOW + 10 + OVERLAP_SECONDS - 1)["keys"] == [dict(key.public_jwk)]
    assert keys.publish([retired], NOW + 10 + OVERLAP_SECONDS)["keys"] == []


@pytest.mark.anyio
async def test_an_installation_takes_one_key_and_keeps_the_others_published_when_it_rotates(tmp_path: Path) -> None:
    bench = await open_bench(tmp_path)
    first, late, second = (keys.make(sealer(), NOW + number) for number in range(3))

    async def ensure(tx: Transaction) -> None:
        await keys.ensure(tx, first)
        await keys.ensure(tx, late)

    async def rotate(tx: Transaction) -> list[SigningKey]:
        await keys.rotate(tx, second, NOW + 2)
        return await tx.list_signing_keys()

    await bench.store.write(ensure)
    kept = await bench.store.write(rotate)
    assert [(key.kid, key.retired_at) for key in kept] == [(second.kid, None), (first.kid, NOW + 2)]
    assert [key["kid"] for key in keys.publish(kept, NOW + 3)["keys"]] == [second.kid, first.kid]
    await bench.store.aclose()
