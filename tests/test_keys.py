"""Making, rotating and publishing signing keys."""

import json
from dataclasses import replace

from joserfc import jws
from joserfc.jwk import ECKey

from consentry import keys
from consentry.keys import ANNOUNCE_SECONDS, MARGIN_SECONDS, SEAL_PURPOSE, KeyPolicy, SigningKey, Succession
from consentry.keys.rotation import current
from tests.builders import DAY, HOUR, NOW, sealer

POLICY = KeyPolicy("ES256", 90 * DAY, HOUR)


def made(now: int = NOW, signs_from: int | None = None) -> SigningKey:
    return keys.make(sealer(), "ES256", now, signs_from)


def test_a_new_key_signs_what_its_published_half_verifies() -> None:
    key = made()
    opened = sealer().open(key.sealed_private_jwk, SEAL_PURPOSE)
    assert opened is not None
    signed = jws.serialize_compact({"alg": "ES256"}, b"payload", ECKey.import_key(json.loads(opened)))
    (published,) = keys.publish([key], NOW)["keys"]
    assert jws.deserialize_compact(signed, ECKey.import_key(dict(published))).payload == b"payload"


def test_what_is_published_is_public() -> None:
    (published,) = keys.publish([made()], NOW)["keys"]
    assert published.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (published["kty"], published["crv"], published["alg"], published["use"]) == ("EC", "P-256", "ES256", "sig")
    (edwards,) = keys.publish([keys.make(sealer(), "EdDSA", NOW)], NOW)["keys"]
    assert edwards.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (edwards["kty"], edwards["crv"], edwards["alg"]) == ("OKP", "Ed25519", "EdDSA")


def test_the_kid_is_the_thumbprint() -> None:
    key = made()
    assert key.kid == key.public_jwk["kid"] == ECKey.import_key(dict(key.public_jwk)).thumbprint()


def test_two_keys_differ_and_show_nothing() -> None:
    one, other = made(), made()
    assert one.kid != other.kid
    assert one.kid not in repr(one)


def test_a_key_is_published_from_the_start_until_its_time_is_over() -> None:
    key = replace(made(signs_from=NOW + HOUR), published_until=NOW + DAY)
    assert keys.publish([key], NOW)["keys"] == [dict(key.public_jwk)]
    assert keys.publish([key], NOW + DAY - 1)["keys"] == [dict(key.public_jwk)]
    assert keys.publish([key], NOW + DAY)["keys"] == []


def test_an_announced_key_does_not_sign_before_its_time() -> None:
    old, new = made(), made(signs_from=NOW + HOUR)
    old = replace(old, retired_at=NOW + HOUR, published_until=NOW + DAY)
    assert current([old, new], NOW + HOUR - 1) == old
    assert current([old, new], NOW + HOUR) == new


def test_a_retired_key_stands_in_for_one_that_does_not_open_but_not_so_long_that_its_tokens_outlive_it() -> None:
    retired_at = NOW + HOUR
    until = retired_at + POLICY.token_ttl + MARGIN_SECONDS
    old = replace(made(), retired_at=retired_at, published_until=until)
    latest = retired_at + MARGIN_SECONDS // 2 - 1
    assert current([old], latest) == old
    assert latest + POLICY.token_ttl < until
    assert current([old], latest + 1) is None


def test_a_key_is_due_where_none_signs() -> None:
    assert keys.due([], sealer(), POLICY, NOW) == Succession(None, NOW, "no key signs")
    strange = sealer(b"another key, of thirty-two letters")
    assert keys.due([made()], strange, POLICY, NOW) == Succession(None, NOW, "no key signs")


def test_a_key_is_due_in_time_to_be_announced_before_the_last_is_too_old() -> None:
    key = made()
    last_moment = NOW + POLICY.max_age - ANNOUNCE_SECONDS
    assert keys.due([key], sealer(), POLICY, last_moment - 1) is None
    assert keys.due([key], sealer(), POLICY, last_moment) == Succession(key, NOW + POLICY.max_age, "of age")


def test_a_key_of_another_algorithm_is_due_but_not_while_one_is_announced() -> None:
    key = made()
    other = replace(POLICY, algorithm="EdDSA")
    wanted = keys.due([key], sealer(), other, NOW)
    assert wanted == Succession(key, NOW + ANNOUNCE_SECONDS, "signing_algorithm is EdDSA")
    waiting = made(signs_from=NOW + ANNOUNCE_SECONDS)
    assert keys.due([waiting, replace(key, retired_at=waiting.signs_from)], sealer(), other, NOW) is None
