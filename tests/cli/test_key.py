"""consentry key."""

import pytest

from consentry.keys import ANNOUNCE_SECONDS, MARGIN_SECONDS
from tests.cli.commands import Commands

MEMBERS = {"kid", "alg", "created_at", "signs_from", "retired_at", "published_until", "opens"}


def test_a_rotated_key_is_announced_and_the_one_before_stays_published_until_its_tokens_are_over(
    commands: Commands,
) -> None:
    (first,) = commands.init().answers("key", "list")
    assert first.keys() == MEMBERS
    assert (first["alg"], first["retired_at"], first["published_until"]) == ("ES256", None, None)
    assert first["signs_from"] == first["created_at"]
    fresh = commands.answers("key", "rotate")
    assert fresh["kid"] != first["kid"]
    assert fresh["signs_from"] == fresh["created_at"] + ANNOUNCE_SECONDS
    by_kid = {key["kid"]: key for key in commands.answers("key", "list")}
    assert by_kid.keys() == {first["kid"], fresh["kid"]}
    assert by_kid[fresh["kid"]]["retired_at"] is None
    retired = by_kid[first["kid"]]
    assert retired["retired_at"] == fresh["signs_from"]
    assert retired["published_until"] == retired["retired_at"] + 3600 + MARGIN_SECONDS
    rotated = [("keys:signing_key:rotated", "no key signs"), ("keys:signing_key:rotated", "by command")]
    assert commands.events("keys:signing_key:rotated") == rotated
    said = commands.says("key", "list")
    assert "announced, published, signs from" in said
    assert "current, published" in said


def test_a_key_can_sign_at_once(commands: Commands) -> None:
    (first,) = commands.init().answers("key", "list")
    fresh = commands.answers("key", "rotate", "--now")
    assert fresh["signs_from"] == fresh["created_at"]
    said = commands.says("key", "list")
    assert "current, published\n" in said
    assert f"{first['kid']}  ES256" in said
    assert "retired, published until" in said


def test_a_compromised_key_is_withdrawn_with_all_others(commands: Commands) -> None:
    (first,) = commands.init().answers("key", "list")
    fresh = commands.answers("key", "rotate", "--compromised")
    by_kid = {key["kid"]: key for key in commands.answers("key", "list")}
    assert by_kid[first["kid"]]["published_until"] == fresh["signs_from"]
    assert commands.events("keys:signing_key:withdrawn") == [("keys:signing_key:withdrawn", "compromised")]
    assert "published no more, since" in commands.says("key", "list")
    assert "all others are withdrawn" in commands.says("key", "rotate", "--compromised")


def test_the_algorithm_is_a_setting(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSENTRY_SIGNING_ALGORITHM", "EdDSA")
    assert [key["alg"] for key in commands.init().answers("key", "list")] == ["EdDSA"]
    assert commands.answers("key", "rotate")["alg"] == "EdDSA"


def test_a_key_of_another_secret_is_told_and_opens_once_that_is_given_too(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = "o" * 32, "n" * 32
    monkeypatch.setenv("CONSENTRY_SECRET_KEY", old)
    commands.init()
    monkeypatch.setenv("CONSENTRY_SECRET_KEY", new)
    assert [key["opens"] for key in commands.answers("key", "list")] == [False]
    result = commands.run("key", "list")
    assert "current, published, cannot be opened" in result.stdout
    assert "add that one to secret_key" in result.stderr
    monkeypatch.setenv("CONSENTRY_SECRET_KEY", f"{new},{old}")
    assert [key["opens"] for key in commands.answers("key", "list")] == [True]
    assert commands.run("key", "list").stderr == ""


def test_no_part_of_a_private_key_is_printed(commands: Commands) -> None:
    commands.init()
    said = commands.says("key", "rotate", "--json") + commands.says("key", "list", "--json")
    assert '"d"' not in said
    assert "sealed" not in said
