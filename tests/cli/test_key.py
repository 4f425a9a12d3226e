"""consentry key."""

from consentry.keys import OVERLAP_SECONDS
from tests.cli.commands import Commands


def test_a_rotated_key_signs_and_the_one_before_stays_published_for_a_while(commands: Commands) -> None:
    (first,) = commands.init().answers("key", "list")
    assert first.keys() == {"kid", "alg", "created_at", "retired_at", "published_until"}
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
    assert "signing" in said
    assert "retired, published until" in said


def test_no_part_of_a_private_key_is_printed(commands: Commands) -> None:
    commands.init()
    said = commands.says("key", "rotate", "--json") + commands.says("key", "list", "--json")
    assert '"d"' not in said
    assert "sealed" not in said
