"""consentry deployment."""

import json
import subprocess
import sys

import pytest

from consentry.grants.exchange import Issued
from tests.bench import Bench
from tests.cli.commands import EMAIL, PASSWORD, Commands

UPSTREAM = "http://127.0.0.1:9/mcp"


def test_a_deployment_is_made_and_its_addresses_are_told(commands: Commands) -> None:
    result = commands.with_account().run(
        "deployment", "create", "reminders", "--upstream", UPSTREAM, "--owner", EMAIL.upper(), "--json"
    )
    assert result.exit_code == 0
    made = json.loads(result.stdout)
    assert made["slug"] == made["name"] == "reminders"
    assert made["mcp_url"] == "http://127.0.0.1:8000/mcp/reminders"
    assert made["resource_metadata_url"] == "http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp/reminders"
    assert (made["upstream_url"], made["owner"], made["access"]) == (UPSTREAM, EMAIL, "owner")
    assert commands.answers("deployment", "show", "reminders") == made
    assert commands.answers("deployment", "list") == [made]
    assert "http://127.0.0.1:8000/mcp/reminders" in commands.says("deployment", "show", "reminders")


def test_a_slug_that_its_mcp_url_could_not_have_is_refused(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.with_account()
    monkeypatch.setenv("CONSENTRY_MCP_URL", "http://127.0.0.1:9000/{slug}")
    said = commands.fails("deployment", "create", "token", "--upstream", UPSTREAM, "--owner", EMAIL)
    assert said.endswith("choose another slug.")


def test_an_upstream_that_is_not_there_yet_is_a_warning(commands: Commands) -> None:
    result = commands.with_account().run(
        "deployment", "create", "reminders", "--upstream", UPSTREAM, "--owner", EMAIL, "--json"
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["slug"] == "reminders"
    assert result.stderr.startswith(f"Warning: Nothing answers at {UPSTREAM}.")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("slug", "upstream", "owner", "said"),
    [
        ("Reminders", UPSTREAM, EMAIL, "A slug is 1 to 63 small letters"),
        ("-r", UPSTREAM, EMAIL, "A slug is 1 to 63 small letters"),
        ("r", "127.0.0.1:9/mcp", EMAIL, "write the MCP server's whole URL"),
        ("r", "ftp://127.0.0.1/mcp", EMAIL, "write the MCP server's whole URL"),
        ("r", "http:///mcp", EMAIL, "write the MCP server's whole URL"),
        ("r", "http://h/mcp#part", EMAIL, "write the MCP server's whole URL"),
        ("r", "http://user:word@h/mcp", EMAIL, "holds a user name or password"),
        ("r", UPSTREAM, "nobody@example.com", "There is no account nobody@example.com"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_kept(
    commands: Commands, slug: str, upstream: str, owner: str, said: str
) -> None:
    commands.with_account()
    assert said in commands.fails("deployment", "create", "--upstream", upstream, "--owner", owner, "--", slug)
    assert commands.answers("deployment", "list") == []


def test_a_slug_is_taken_once(commands: Commands) -> None:
    commands.with_deployment()
    made = ("deployment", "create", "reminders", "--upstream", "http://127.0.0.1:8/mcp", "--owner", EMAIL)
    assert "There is a deployment reminders already" in commands.fails(*made)
    assert commands.answers("deployment", "show", "reminders")["upstream_url"] == UPSTREAM


def test_a_deployment_is_changed_in_what_is_named_and_in_nothing_else(commands: Commands) -> None:
    before = commands.with_deployment().answers("deployment", "show", "reminders")
    after = commands.answers("deployment", "update", "reminders", "--name", "My reminders", "--access", "verified")
    assert after == before | {"name": "My reminders", "access": "verified"}
    commands.answers("deployment", "update", "reminders", "--name", "My reminders")
    changed = "deployment:deployment:changed"
    assert commands.events(changed) == [(changed, "name, access")]


def test_a_change_is_held_to_the_same_rules(commands: Commands) -> None:
    commands.with_deployment()
    assert "whole URL" in commands.fails("deployment", "update", "reminders", "--upstream", "nowhere")
    assert "A name is one line" in commands.fails("deployment", "update", "reminders", "--name", " ")
    assert "say what to change, as with --upstream" in commands.misused("deployment", "update", "reminders")
    assert "invited" in commands.misused("deployment", "update", "reminders", "--access", "anybody")
    assert "name the domain" in commands.fails("deployment", "update", "reminders", "--access", "domain")
    assert "no domain" in commands.fails(
        "deployment", "update", "reminders", "--access", "domain", "--domain", "localhost"
    )


def test_a_deployment_is_given_to_another_owner(commands: Commands) -> None:
    before = commands.with_deployment().answers("deployment", "show", "reminders")
    commands.says("account", "create", "grace@example.com", "--password-stdin", stdin=PASSWORD)
    update = ("deployment", "update", "reminders", "--owner")
    assert commands.answers(*update, "grace@example.com") == before | {"owner": "grace@example.com"}
    assert commands.events("deployment:deployment:changed") == [("deployment:deployment:changed", "owner")]
    assert "There is no account nobody" in commands.fails(*update, "nobody")
    commands.says("account", "disable", EMAIL)
    sentence = commands.fails(*update, EMAIL)
    assert sentence == f"{EMAIL} is disabled and could let nobody in: `consentry account enable {EMAIL}`."
    assert commands.answers("deployment", "show", "reminders")["owner"] == "grace@example.com"


@pytest.mark.parametrize(
    "upstream", ["http://127.0.0.1:8000/mcp/reminders", "http://localhost:8000/mcp/x", "HTTP://[::1]:8000/mcp/x/y"]
)
def test_the_gateway_does_not_stand_behind_itself(commands: Commands, upstream: str) -> None:
    commands.with_deployment()
    made = ("deployment", "create", "other", "--upstream", upstream, "--owner", EMAIL)
    for words in (made, ("deployment", "update", "reminders", "--upstream", upstream)):
        assert "is an MCP URL of this very gateway" in commands.fails(*words)
    assert [one["upstream_url"] for one in commands.answers("deployment", "list")] == [UPSTREAM]


def test_urls_that_are_a_guess_are_said_to_be(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.with_deployment()
    client = commands.answers("client", "create", "--preset", "chatgpt", "--deployment", "reminders")["client_id"]
    shown = [("deployment", "show", "reminders"), ("deployment", "list"), ("client", "show", client)]
    for words in (*shown, ("deployment", "update", "reminders", "--name", "R")):
        (note,) = commands.run(*words).stderr.splitlines()
        assert note.startswith("Note: public_url is not set; these URLs are for `consentry serve` on port 8000")
        assert "Set CONSENTRY_PUBLIC_URL" in note
        assert commands.run(*words, "--json").stderr == ""
    monkeypatch.setenv("CONSENTRY_PUBLIC_URL", "https://a.example")
    for words in shown:
        result = commands.run(*words)
        assert (result.stderr, "https://a.example/mcp/reminders" in result.stdout) == ("", True)


def test_deleting_a_deployment_ends_its_grants_and_its_own_clients(commands: Commands) -> None:
    commands.init()
    issued: Issued = commands.lived(Bench.connect)
    own = commands.answers("client", "create", "--preset", "chatgpt", "--deployment", "reminders")["client_id"]
    general = commands.answers("client", "create", "--preset", "chatgpt")["client_id"]
    assert commands.answers("deployment", "delete", "reminders") == {
        "slug": "reminders",
        "deleted": True,
        "grants_ended": 1,
    }
    assert commands.answers("deployment", "list") == []
    left = {client["client_id"] for client in commands.answers("client", "list")}
    assert own not in left
    assert general in left
    assert commands.ended(issued)
    assert commands.events("deployment:deployment:removed") == [("deployment:deployment:removed", "reminders")]


@pytest.mark.parametrize("words", [("show",), ("delete",), ("test",), ("update", "--name", "x")])
def test_an_unknown_deployment_is_said_to_be_so(commands: Commands, words: tuple[str, ...]) -> None:
    sentence = commands.init().fails("deployment", *words, "nowhere")
    assert sentence == "There is no deployment nowhere: `consentry deployment list` shows those there are."


def test_the_test_of_a_dead_upstream_says_what_is_wrong(commands: Commands) -> None:
    sentence = commands.with_deployment().fails("deployment", "test", "reminders", "--json")
    assert sentence == f"Nothing answers at {UPSTREAM}. Is the server running, and on that host and port?"


@pytest.mark.slow
def test_the_test_of_a_living_upstream_lists_its_tools(commands: Commands) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "consentry.demo.textkit", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        updated = commands.with_deployment().run("deployment", "update", "reminders", "--upstream", url)
        found = commands.answers("deployment", "test", "reminders")
        said = commands.says("deployment", "test", "reminders")
        process.stdin.close()
    assert "Warning" not in updated.stderr
    assert (found["server_name"], found["upstream_url"]) == ("textkit", url)
    assert found["tools"]
    assert all(tool in said for tool in found["tools"])
