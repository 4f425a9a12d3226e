"""consentry key."""

import pytest

from consentry.keys import OVERLAP_SECONDS
from tests.cli.commands import Commands


def test_a_rotated_key_signs_and_the_one_before_stays_published_for_a_while(commands: Commands) -> None:
    (first,) = commands.init().answers("key", "list")
    assert first.keys() == {"kid", "alg", "created_at", "retired_at", "published_until", "opens"}
    assert (first["alg"], first["retired_at"], first["published_until"]) == ("ES256", None, None)
    fresh = commands.answers("key", "rotate")
    assert fresh["kid"] != first["kid"]
    by_kid = {key["kid"]: key for key in commands.answers("key", "list")}
    assert by_kid.keys() == {first["kid"], fresh["kid"]}
    assert by_kid[fresh["kid"]]["retired_at"] is None
    retired = by_kid[first["kid"]]
    assert retired["published_until"] == retired["retired_at"] + OVERLAP_SECONDS
    assert commands.events("keys:signing_key:rotated") == [("keys:signing_key:rotated", fresh["kid"])]
    said = commands.says("key", "list")
    assert "current, published" in said
    assert "signing" not in said
    assert "retired, published until" in said


def test_nothing_is_said_to_be_signed_that_is_not(commands: Commands) -> None:
    assert "nothing is signed with it yet" in commands.init().says("key", "rotate")
    assert "Nothing is signed with them yet" in " ".join(commands.says("key", "--help").split())


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
