import unicodedata

import pytest
from argon2 import PasswordHasher

from consentry.accounts.passwords import LONGEST, Passwords, fault
from tests.builders import CHEAP, PASSWORD


class CountingHasher(PasswordHasher):
    """Counts what is costly."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "x9$kQ2!mPz7w", "ünïcödé-päss", "🔑🗝️🔒🔓🧷📎🖇️✂️🗃️", "a" * 1020 + "bcde"]
)
def test_a_good_password_is_taken(password: str) -> None:
    assert fault(password, "ada@example.com") is None


@pytest.mark.proves("C22")
@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "too short"),
        ("x9$kQ2!mPz7", "too short"),
        ("x9" * 513, "too long"),
        ("password1234", "first that anybody"),
        ("PassWord1234", "first that anybody"),
        ("qwertyuiop123", "first that anybody"),
        ("...password!!!", "first that anybody"),
        ("123456789012", "first that anybody"),
        ("9876543210987", "first that anybody"),
        ("abcdefghijklmnop", "first that anybody"),
        ("qwertyuiopasdf", "first that anybody"),
        ("aaaaaaaaaaaaaaaa", "first that anybody"),
        ("abababababab", "first that anybody"),
        ("passwordpassword", "first that anybody"),
        ("ada.lovelace@example.com", "your email address"),
        ("Ada.Lovelace2024", "your email address"),
        ("ada.lovelace", "your email address"),
    ],
)
def test_a_bad_password_hears_why(password: str, says: str) -> None:
    said = fault(password, "Ada.Lovelace@example.com")
    assert said is not None
    assert says in said


def test_a_password_is_verified_against_its_own_hash_alone() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash(PASSWORD)
    assert PASSWORD not in stored
    assert stored.startswith("$argon2id$")
    assert passwords.verify(PASSWORD, stored)
    assert not passwords.verify(f"{PASSWORD} ", stored)
    assert not passwords.verify("", stored)
    assert not passwords.verify(PASSWORD, "not a hash")


def test_two_hashes_of_one_password_differ() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.hash(PASSWORD) != passwords.hash(PASSWORD)


def test_a_password_is_the_same_however_its_accents_are_typed() -> None:
    passwords = Passwords(CHEAP)
    word = "crème brûlée with Åsa"
    composed, decomposed = unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)
    assert composed != decomposed
    assert passwords.verify(decomposed, passwords.hash(composed))


def test_a_password_longer_than_any_is_wrong_even_if_it_starts_right() -> None:
    passwords = Passwords(CHEAP)
    longest = "x9$k" * (LONGEST // 4)
    stored = passwords.hash(longest)
    assert passwords.verify(longest, stored)
    assert not passwords.verify(f"{longest}x", stored)


@pytest.mark.proves("C22")
def test_an_account_without_a_password_has_none_that_is_right() -> None:
    assert not Passwords().verify("a password that no account has", "")
    assert not Passwords().verify("", "")


def test_for_an_account_that_does_not_exist_just_as_much_is_hashed() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    stored = passwords.hash(PASSWORD)
    assert not passwords.verify("wrong", stored)
    assert not passwords.verify("wrong", None)
    assert not passwords.verify("a password that no account has", None)
    assert len(hasher.verified) == 3
    assert {text.rpartition("$")[0].rpartition("$")[0] for text in hasher.verified} == {"$argon2id$v=19$m=8,t=1,p=1"}
