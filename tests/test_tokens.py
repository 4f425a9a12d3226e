import copy
import logging
import os
import pickle
import re
import string
from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.tokens import Entropy, Kind, Secret, identifier, mint, recognise
from tests.builders import counted, digest_of

KINDS = st.sampled_from(Kind)
ENTROPY = st.randoms(use_true_random=True).map(lambda random: random.randbytes)
TEXT = "cy_rt_a-text-that-nobody-else-may-see"


@pytest.mark.proves("B21")
@given(KINDS, ENTROPY)
def test_a_minted_secret_is_recognised_as_its_own_kind_alone(kind: Kind, entropy: Entropy) -> None:
    secret = mint(kind, entropy)
    text = secret.reveal()
    assert re.fullmatch(rf"{kind}_[0-9A-Za-z]{{49}}", text)  # nothing that HTTP Basic would have to escape
    assert [one for one in Kind if recognise(text, one) == secret] == [kind]


@given(KINDS, ENTROPY, st.data())
def test_one_changed_character_is_not_recognised(kind: Kind, entropy: Entropy, data: st.DataObject) -> None:
    text = mint(kind, entropy).reveal()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(string.printable + "é\ud800").filter(lambda c: c != text[place]))
    assert recognise(text[:place] + other + text[place + 1 :], kind) is None


@given(KINDS, st.text(st.characters(exclude_categories=[])))
def test_no_text_makes_recognising_raise_and_none_that_is_invented_is_recognised(kind: Kind, text: str) -> None:
    assert recognise(text, kind) is None
    padded = f"{kind}_{text}".ljust(len(kind) + 50, "a")[: len(kind) + 50]
    assert recognise(padded, kind) is None


@pytest.mark.proves("D26")
def test_every_letter_of_a_secret_is_as_likely_as_any_other_and_43_of_them_are_256_bits() -> None:
    def body(byte: int) -> str:
        """What that byte comes to, where others follow it that are passed over or not."""
        drawn = count()
        text = mint(Kind.ACCESS_TOKEN, lambda size: bytes([byte if next(drawn) == 0 else 0]) * size).reveal()
        return text.removeprefix(f"{Kind.ACCESS_TOKEN}_")[:43]

    bodies = [body(byte) for byte in range(256)]
    assert all(set(each) == {each[0]} for each in bodies)
    letters = Counter(each[0] for each in bodies[: 62 * 4])
    assert letters == dict.fromkeys(string.digits + string.ascii_letters, 4)
    assert {each[0] for each in bodies[62 * 4 :]} == {bodies[0][0]}  # passed over for the zeros that follow
    assert 62**43 > 2**256


@pytest.mark.proves("D26")
def test_secrets_differ() -> None:
    assert len({mint(Kind.ACCESS_TOKEN, os.urandom).reveal() for _ in range(100)}) == 100


def test_a_digest_is_the_sha256_of_the_text() -> None:
    secret = mint(Kind.SESSION, counted())
    assert secret.digest() == digest_of(secret.reveal())
    assert len(secret.digest()) == 32


@pytest.mark.proves("E13")
def test_a_secret_shows_itself_to_nobody_who_does_not_ask(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(TEXT)
    logging.getLogger("x").warning("%s %r", secret, {"token": [secret]})
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{[secret]}", "%s" % secret, caplog.text]  # noqa: UP031
    assert not any("nobody" in text for text in shown)
    assert caplog.text.count("Secret(…)") == 2
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_neither_pickled_nor_copied(protocol: int) -> None:
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        pickle.dumps(Secret(TEXT), protocol)
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        copy.deepcopy(Secret(TEXT))


def test_secrets_are_equal_by_their_text_and_to_nothing_else() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


@given(ENTROPY)
def test_an_identifier_is_letters_and_digits(entropy: Entropy) -> None:
    assert re.fullmatch(r"client_[0-9A-Za-z]{22}", identifier("client", entropy))
