"""consentry deployment: token formats, and servers elsewhere."""

import json

import pytest

from tests.cli.commands import EMAIL, Commands

UPSTREAM = "http://127.0.0.1:9/mcp"
ELSEWHERE = "https://mcp.example.org/mcp"
CREATE = ("deployment", "create", "notes", "--owner", EMAIL)
SHAPE = ("token_format", "key_prefix", "key_ttl")


def shape(made: dict[str, object]) -> list[object]:
    return [made[name] for name in SHAPE]


def test_tokens_are_opaque_unless_something_else_is_said(commands: Commands) -> None:
    commands.with_account()
    assert shape(commands.answers(*CREATE, "--upstream", UPSTREAM)) == ["opaque", None, None]


def test_a_deployment_says_what_its_tokens_are_and_can_be_changed(commands: Commands) -> None:
    commands.with_account()
    keys = ("--token-format", "api_key", "--key-prefix", "rmt_", "--key-expires-in", "never")
    assert shape(commands.answers(*CREATE, "--upstream", UPSTREAM, *keys)) == ["api_key", "rmt_", 0]
    assert "api_key, rmt_… that do not expire" in commands.says("deployment", "show", "notes")
    update = ("deployment", "update", "notes")
    assert shape(commands.answers(*update, "--key-expires-in", "30d")) == ["api_key", "rmt_", 30 * 86_400]
    assert "that expire after 2592000 s" in commands.says("deployment", "show", "notes")
    assert shape(commands.answers(*update, "--name", "New")) == ["api_key", "rmt_", 30 * 86_400]
    assert shape(commands.answers(*update, "--token-format", "jwt")) == ["jwt", None, None]
    assert shape(commands.answers(*update, "--token-format", "api_key")) == ["api_key", None, None]
    assert "cy_ak_… that expire like any access token" in commands.says("deployment", "show", "notes")
    assert commands.events("deployment:deployment:changed") == [
        ("deployment:deployment:changed", reason) for reason in ("token_format", "name", "token_format", "token_format")
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--key-prefix", "rmt_"), "set the token format to api_key as well"),
        (("--token-format", "jwt", "--key-expires-in", "1d"), "set the token format to api_key as well"),
        (("--token-format", "api_key", "--key-prefix", "rmt"), "ends with an underscore"),
        (("--token-format", "api_key", "--key-prefix", "1_"), "begins with a letter"),
        (("--token-format", "api_key", "--key-prefix", "a.b_"), "letters, digits and single underscores"),
        (("--token-format", "api_key", "--key-prefix", "é_"), "letters, digits and single underscores"),
        (("--token-format", "api_key", "--key-prefix", "a" * 16 + "_"), "at most 16"),
        (("--token-format", "api_key", "--key-prefix", "cy_at_"), "this program's own"),
    ],
)
def test_what_will_not_do_is_told_at_create_and_at_update(
    commands: Commands, options: tuple[str, ...], said: str
) -> None:
    commands.with_account()
    assert said in commands.fails(*CREATE, "--upstream", UPSTREAM, *options)
    commands.answers(*CREATE, "--upstream", UPSTREAM)
    assert said in commands.fails("deployment", "update", "notes", *options)


def test_an_unknown_format_and_a_length_that_is_none_are_wrong_usage(commands: Commands) -> None:
    commands.with_account()
    assert "saml" in commands.misused(*CREATE, "--upstream", UPSTREAM, "--token-format", "saml")
    assert "write 90d" in commands.misused(*CREATE, "--upstream", UPSTREAM, "--key-expires-in", "soon")


def test_a_server_elsewhere_is_known_by_its_resource_and_is_told_what_to_serve(commands: Commands) -> None:
    made = commands.with_account().answers(*CREATE, "--resource", ELSEWHERE, "--token-format", "jwt")
    assert (made["mcp_url"], made["resource"], made["upstream_url"]) == (ELSEWHERE, ELSEWHERE, None)
    assert made["resource_metadata_url"] == "https://mcp.example.org/.well-known/oauth-protected-resource/mcp"
    assert made["resource_metadata"] == {
        "resource": ELSEWHERE,
        "authorization_servers": ["http://127.0.0.1:8000"],
        "scopes_supported": ["mcp"],
        "bearer_methods_supported": ["header"],
        "resource_name": "notes",
    }
    said = commands.says("deployment", "show", "notes")
    assert json.dumps(made["resource_metadata"]) in said
    assert "seen as ended only when it expires" in said
    assert "elsewhere" in commands.says("deployment", "list")
    commands.says("deployment", "update", "notes", "--token-format", "opaque")
    assert "seen as ended only when" not in commands.says("deployment", "show", "notes")


def test_a_server_elsewhere_has_no_upstream(commands: Commands) -> None:
    commands.with_account().answers(*CREATE, "--resource", ELSEWHERE)
    assert "make another deployment" in commands.fails("deployment", "update", "notes", "--upstream", UPSTREAM)
    assert "no upstream to connect to" in commands.fails("deployment", "test", "notes")


def test_a_deployment_is_either_here_or_elsewhere(commands: Commands) -> None:
    commands.with_account()
    assert "--upstream, or --resource" in commands.misused(*CREATE)
    assert "--upstream, or --resource" in commands.misused(*CREATE, "--upstream", UPSTREAM, "--resource", ELSEWHERE)


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("mcp.example.org/mcp", "will not do as resource"),
        ("http://mcp.example.org/mcp", "only https will"),
        ("https://mcp.example.org/mcp#a", "will not do as resource"),
        ("https://mcp.example.org/mcp?a=b", "will not do as resource"),
        ("https://user:word@mcp.example.org/mcp", "holds a user name or password"),
        ("ftp://mcp.example.org/mcp", "only https will"),
        ("https:///mcp", "will not do as resource"),
        ("http://127.0.0.1:8000/mcp/other", "is an MCP URL of this very gateway"),
    ],
)
def test_a_resource_that_will_not_do_is_told(commands: Commands, resource: str, said: str) -> None:
    assert said in commands.with_account().fails(*CREATE, "--resource", resource)


def test_a_resource_is_taken_once(commands: Commands) -> None:
    commands.with_account().answers(*CREATE, "--resource", ELSEWHERE)
    again = ("deployment", "create", "other", "--owner", EMAIL, "--resource", ELSEWHERE + "/")
    assert f"There is a deployment for {ELSEWHERE}/ already" in commands.fails(*again)
