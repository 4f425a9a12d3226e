"""consentry deployment create, update: what the gateway adds on the way to the upstream."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.commands import EMAIL, Commands

PAGE = (Path(__file__).parents[2] / "docs" / "upstreams.md").read_text()
UPSTREAM = "http://127.0.0.1:9/mcp"
UPDATE = ("deployment", "update", "reminders")


def headers(commands: Commands) -> list[str]:
    names: list[str] = commands.answers("deployment", "show", "reminders")["upstream_headers"]
    return names


def test_headers_are_kept_replaced_and_taken_away_and_their_values_never_shown(commands: Commands) -> None:
    made = ("deployment", "create", "reminders", "--upstream", UPSTREAM, "--owner", EMAIL)
    said = commands.with_account().says(*made, "--upstream-header", "Authorization: Bearer s3cr3t")
    assert "authorization: ********" in said
    assert "s3cr3t" not in said
    commands.says(*UPDATE, "--upstream-header", "X-Key: s3cr3t2")
    assert headers(commands) == ["authorization", "x-key"]
    commands.says(*UPDATE, "--upstream-header", "Authorization:")
    assert headers(commands) == ["x-key"]
    commands.says(*UPDATE, "--upstream", "http://127.0.0.1:9/other")
    assert headers(commands) == ["x-key"]
    commands.says(*UPDATE, "--upstream", "http://127.0.0.1:8/mcp")
    assert headers(commands) == []
    assert b"s3cr3t" not in commands.database.read_bytes()
    changes = [reason for _, reason in commands.events("deployment:deployment:changed")]
    assert changes == ["upstream_headers", "upstream_headers", "upstream_url", "upstream_url, upstream_headers"]


def test_headers_that_were_sealed_under_a_lost_key_are_said_to_be(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTRY_SECRET_KEY", "a" * 32)
    commands.with_deployment().says(*UPDATE, "--upstream-header", "X-Key: k")
    monkeypatch.setenv("CONSENTRY_SECRET_KEY", "b" * 32)
    assert "cannot be opened" in commands.says("deployment", "show", "reminders")
    assert commands.answers("deployment", "show", "reminders")["upstream_headers"] is None
    assert "cannot be opened" in commands.fails("deployment", "test", "reminders")
    assert commands.answers(*UPDATE, "--upstream-header", "X-Other: k")["upstream_headers"] == ["x-other"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Host: evil.example", "gateway's own"),
        ("Authorization", "'Name: value'"),
        ("Authorization:", "has no value"),
        ("X-Key: a\nHost: evil", "no printable ASCII"),
    ],
)
def test_a_header_that_will_not_do_is_refused(commands: Commands, header: str, said: str) -> None:
    made = ("deployment", "create", "reminders", "--upstream", UPSTREAM, "--owner", EMAIL)
    assert said in commands.with_account().fails(*made, "--upstream-header", header)
    assert commands.answers("deployment", "list") == []


def test_who_calls_is_told_for_one_audience(commands: Commands) -> None:
    commands.with_deployment()
    assert commands.answers(*UPDATE, "--identity")["identity_audience"] == UPSTREAM
    assert f"for {UPSTREAM}" in commands.says("deployment", "show", "reminders")
    assert commands.answers(*UPDATE, "--no-identity")["identity_audience"] is None
    far = ("deployment", "create", "far", "--resource", "https://mcp.example.org/mcp/", "--owner", EMAIL)
    assert "has no upstream to send headers to" in commands.fails(*far, "--upstream-header", "X-Key: k")
    assert commands.answers(*far, "--identity")["identity_audience"] == "https://mcp.example.org/mcp"
    assert "nobody to send headers to" in commands.fails("deployment", "update", "far", "--upstream-header", "X-Key: k")


def test_an_upstream_can_be_held_to_public_addresses(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ("deployment", "create", "reminders", "--upstream", UPSTREAM, "--owner", EMAIL, "--public-upstream")
    said = commands.with_account().fails(*made)
    assert said.startswith("127.0.0.1 has an address that is not public")
    assert "allow_private_upstreams" in said
    assert commands.answers("deployment", "list") == []
    monkeypatch.setenv("CONSENTRY_ALLOW_PRIVATE_UPSTREAMS", "true")
    assert commands.answers(*made)["public_upstream"] is True
    assert "any, as long as allow_private_upstreams is on" in commands.says("deployment", "show", "reminders")
    monkeypatch.delenv("CONSENTRY_ALLOW_PRIVATE_UPSTREAMS")
    assert "Upstream's address  only a public one" in commands.says("deployment", "show", "reminders")
    assert "allow_private_upstreams" in commands.fails("deployment", "test", "reminders")
    # What the operator names by command line may be anywhere.
    assert commands.answers(*UPDATE, "--upstream", "http://127.0.0.1:8/mcp")["public_upstream"] is False
    assert "allow_private_upstreams" in commands.fails(*UPDATE, "--upstream", UPSTREAM, "--public-upstream")


def test_the_commands_of_the_page_give_a_header_take_it_away_and_tell_who_calls(commands: Commands) -> None:
    (audience,) = re.findall(r'^AUDIENCE = "([^"]+)"', PAGE, re.MULTILINE)
    commands.with_account().says("deployment", "create", "notes", "--upstream", audience, "--owner", EMAIL)
    said = []
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            program, *words = shlex.split(line.replace("$(cat key)", "s3cr3t"))
            assert program == "consentry"
            said.append(commands.answers(*words))
            assert "s3cr3t" not in str(said)
    assert [(one["upstream_headers"], one["identity_audience"]) for one in said] == [
        (["authorization"], None),
        ([], None),
        ([], audience),
    ]
