import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.sealing import Sealer
from tests.builders import counted, sealer

OLD, NEW = b"the old key of thirty-two letters", b"the new key of thirty-two letters"


@given(st.binary(), st.text(), st.binary())
def test_what_was_sealed_is_opened_by_the_same_key_purpose_and_secret(
    plain: bytes, purpose: str, beside: bytes
) -> None:
    purpose = purpose.replace("\ud800", "").encode("utf-8", "ignore").decode()
    sealed = sealer().seal(plain, purpose, beside)
    assert sealer().open(sealed, purpose, beside) == plain


@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(plain: bytes, place: int, change: int) -> None:
    sealed = bytearray(sealer().seal(plain, "purpose", b"beside"))
    sealed[place % len(sealed)] ^= change
    assert sealer().open(bytes(sealed), "purpose", b"beside") is None


@given(st.binary(max_size=100))
def test_no_bytes_make_opening_raise(sealed: bytes) -> None:
    assert sealer().open(sealed, "purpose") is None


def test_another_key_purpose_or_secret_opens_nothing() -> None:
    sealed = sealer(OLD).seal(b"plain", "purpose", b"beside")
    assert sealer(OLD).open(sealed, "purpose", b"beside") == b"plain"
    assert sealer(NEW).open(sealed, "purpose", b"beside") is None
    assert sealer(OLD).open(sealed, "other", b"beside") is None
    assert sealer(OLD).open(sealed, "purpose", b"besides") is None
    assert sealer(OLD).open(sealed, "purpose") is None


def test_a_purpose_does_not_run_into_what_is_beside_it() -> None:
    sealed = sealer().seal(b"plain", "ab", b"c")
    assert sealer().open(sealed, "a", b"bc") is None


def test_the_first_key_seals_and_all_open() -> None:
    both = sealer(NEW, OLD)
    assert both.open(sealer(OLD).seal(b"plain", "purpose"), "purpose") == b"plain"
    fresh = both.seal(b"plain", "purpose")
    assert sealer(NEW).open(fresh, "purpose") == b"plain"
    assert sealer(OLD).open(fresh, "purpose") is None


def test_the_same_text_sealed_twice_looks_different() -> None:
    one = sealer()
    assert one.seal(b"plain", "purpose") != one.seal(b"plain", "purpose")


def test_a_signature_is_of_its_message_purpose_and_key() -> None:
    signature = sealer(OLD).sign(b"message", "purpose")
    assert sealer(NEW, OLD).verify(b"message", "purpose", signature)
    assert not sealer(NEW).verify(b"message", "purpose", signature)
    assert not sealer(OLD).verify(b"messages", "purpose", signature)
    assert not sealer(OLD).verify(b"message", "other", signature)
    assert not sealer(OLD).verify(b"message", "purpose", b"")
    assert not sealer(OLD).verify(b"message", "purpose", signature[:-1])


def test_a_key_that_is_short_or_missing_is_refused() -> None:
    for keys in ((), (b"k" * 31,), (OLD, b"")):
        with pytest.raises(ValueError, match="at least 32 characters"):
            Sealer(keys, counted())


def test_a_sealer_shows_no_key() -> None:
    assert "letters" not in repr(sealer(OLD)) + str(sealer(OLD))
