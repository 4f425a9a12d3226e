"""consentry api-key."""

import pytest

from tests.cli.commands import EMAIL, Commands

HERE = ("--account", EMAIL, "--deployment", "reminders")
MEMBERS = {
    "id",
    "label",
    "account",
    "deployment",
    "resource",
    "scope",
    "client_id",
    "client_name",
    "created_at",
    "last_used_at",
    "expires_at",
    "live",
}


def test_a_key_is_made_shown_once_listed_and_revoked(commands: Commands) -> None:
    made = commands.with_deployment().answers("api-key", "create", *HERE, "--label", "Nightly job")
    assert made.keys() == MEMBERS | {"key"}
    assert made["key"].startswith("cy_ak_")
    assert (made["label"], made["account"], made["deployment"]) == ("Nightly job", EMAIL, "reminders")
    assert made["expires_at"] == made["created_at"] + 90 * 86_400
    (listed,) = commands.answers("api-key", "list")
    assert listed == {name: value for name, value in made.items() if name != "key"}
    said = commands.says("api-key", "list", "--account", EMAIL)
    assert "Nightly job" in said
    assert "live" in said
    assert made["key"] not in said + commands.says("grant", "list")
    assert "is revoked" in commands.says("api-key", "revoke", made["id"])
    assert "over already" in commands.says("api-key", "revoke", made["id"])
    (listed,) = commands.answers("api-key", "list")
    assert listed["live"] is False
    assert commands.events("grant:api_key:created", "grant:grant:ended") == [
        ("grant:api_key:created", ""),
        ("grant:grant:ended", "ended by the operator"),
    ]
    assert "The key was made." in commands.says("grant", "show", made["id"])


def test_a_key_may_have_no_end(commands: Commands) -> None:
    made = commands.with_deployment().answers("api-key", "create", *HERE, "--expires-in", "never")
    assert made["expires_at"] is None
    assert "never" in commands.says("api-key", "list")
    (grant,) = commands.answers("grant", "list")
    assert (grant["expires_at"], grant["label"]) == (None, "API key")


def test_a_key_for_people_is_shown_with_what_it_opens(commands: Commands) -> None:
    said = commands.with_deployment().says("api-key", "create", *HERE, "--expires-in", "12h")
    assert "shown this once" in said
    assert "/mcp/reminders" in said


@pytest.mark.parametrize("length", ["90", "0d", "1y", "-1d", "4000d", "d", ""])
def test_a_length_of_time_that_is_none_is_told(commands: Commands, length: str) -> None:
    assert "write 90d, 12h, 30m or 45s" in commands.with_deployment().misused(
        "api-key", "create", *HERE, "--expires-in", length
    )


def test_what_is_not_there_is_told(commands: Commands) -> None:
    commands.with_deployment()
    assert "There is no API key." in commands.says("api-key", "list")
    assert "no deployment" in commands.fails("api-key", "create", "--account", EMAIL, "--deployment", "nowhere")
    assert "no account" in commands.fails("api-key", "create", "--account", "x@y.example", "--deployment", "reminders")
    assert "There is no grant" in commands.fails("api-key", "revoke", "grant_0")
    assert "The scopes of reminders are: mcp." in commands.fails("api-key", "create", *HERE, "--scope", "admin")


def test_only_keys_are_revoked(commands: Commands) -> None:
    issued = commands.init().lived(lambda bench: bench.connect())
    (grant,) = commands.answers("grant", "list")
    assert "is no API key" in commands.fails("api-key", "revoke", grant["id"])
    assert not commands.ended(issued)
