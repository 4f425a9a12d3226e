"""consentry deployment create|update --scope, --hide-tools."""

import pytest

from tests.cli.commands import EMAIL, Commands

UPSTREAM = "http://127.0.0.1:9/mcp"
MAPPED = {"read": ["@read", "search_*"], "all": ["*"]}


def test_a_deployment_has_one_scope_for_everything_until_it_has_others(commands: Commands) -> None:
    before = commands.with_deployment().answers("deployment", "show", "reminders")
    assert (before["scopes"], before["hide_tools"]) == ({"mcp": ["*"]}, False)
    after = commands.answers(
        "deployment", "update", "reminders", "--scope", "read=@read, search_*", "--scope", "all=*", "--hide-tools"
    )
    assert after == before | {"scopes": MAPPED, "hide_tools": True}
    assert list(after["scopes"]) == ["read", "all"]
    assert commands.answers("deployment", "show", "reminders") == after
    assert "read=@read,search_*; all=*" in commands.says("deployment", "show", "reminders")
    changed = "deployment:deployment:changed"
    assert commands.events(changed) == [(changed, "scopes, hide_tools")]
    back = commands.answers("deployment", "update", "reminders", "--scope", "mcp=*", "--show-tools")
    assert back == before


def test_a_deployment_is_made_with_scopes(commands: Commands) -> None:
    made = ("deployment", "create", "notes", "--upstream", UPSTREAM, "--owner", EMAIL, "--hide-tools")
    result = commands.with_account().run(*made, "--scope", "read=@read,search_*", "--scope", "all=*", "--json")
    assert result.exit_code == 0
    shown = commands.answers("deployment", "show", "notes")
    assert (shown["scopes"], shown["hide_tools"]) == (MAPPED, True)


def test_a_server_elsewhere_may_have_scopes_and_hides_nothing(commands: Commands) -> None:
    elsewhere = ("--resource", "https://mcp.example.org/mcp", "--owner", EMAIL, "--scope", "read=@read")
    said = commands.with_account().fails("deployment", "create", "far", *elsewhere, "--hide-tools")
    assert "do not pass here" in said
    made = commands.answers("deployment", "create", "far", *elsewhere)
    assert made["resource_metadata"]["scopes_supported"] == ["read"]
    assert "do not pass here" in commands.fails("deployment", "update", "far", "--hide-tools")


@pytest.mark.parametrize("scope", ["read", "openid=*", "read=@everything", "=x"])
def test_scopes_that_will_not_do_are_refused_in_words(commands: Commands, scope: str) -> None:
    before = commands.with_deployment().answers("deployment", "show", "reminders")
    assert commands.fails("deployment", "update", "reminders", "--scope", scope).endswith(".")
    assert commands.answers("deployment", "show", "reminders") == before


def test_a_key_has_the_smallest_scope_or_those_that_are_asked_for(commands: Commands) -> None:
    commands.with_deployment().answers("deployment", "update", "reminders", "--scope", "read=@read", "--scope", "all=*")
    key = ("api-key", "create", "--account", EMAIL, "--deployment", "reminders")
    assert commands.answers(*key)["scope"] == "read"
    assert commands.answers(*key, "--scope", "all read")["scope"] == "all read"
    assert "all read" in commands.fails(*key, "--scope", "mcp")
