"""consentry client."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from consentry.clients.presets import CLAUDE_WEB, PRESETS, Preset
from consentry.grants.exchange import Issued
from consentry.store.sql import Transaction
from consentry.tokens import Kind, recognise
from tests.bench import Bench
from tests.builders import client
from tests.cli.commands import EMAIL, Commands
from tests.signing import jwks, key, public


def test_a_client_of_a_deployment_is_told_all_that_is_pasted_elsewhere(commands: Commands) -> None:
    made = commands.with_deployment().answers("client", "create", "--preset", "claude-web", "--deployment", "reminders")
    assert made["client_name"] == "Claude"
    assert made["redirect_uris"] == list(CLAUDE_WEB)
    assert made["mcp_url"] == "http://127.0.0.1:8000/mcp/reminders"
    assert made["authorization_url"] == "http://127.0.0.1:8000/authorize"
    assert made["token_url"] == "http://127.0.0.1:8000/token"
    assert (made["token_endpoint_auth_method"], made["source"]) == ("none", "operator")
    assert "client_secret" not in made
    assert commands.answers("client", "show", made["client_id"]) == made
    assert commands.answers("client", "list") == [made]
    assert commands.events("client:client:created") == [("client:client:created", "")]


def test_the_secret_of_a_confidential_client_is_shown_once_and_kept_as_a_digest(commands: Commands) -> None:
    commands.init()
    created = ("client", "create", "--redirect-uri", "https://a.example/cb", "--confidential")
    made = commands.answers(*created)
    secret = recognise(made["client_secret"], Kind.CLIENT_SECRET)
    assert secret is not None
    assert commands.client(made["client_id"]).secret_digest == secret.digest()
    assert "client_secret" not in commands.answers("client", "show", made["client_id"])
    said = commands.says(*created)
    assert "Client secret" in said
    assert "shown this once" in said


def test_redirect_uris_add_to_a_preset_and_are_kept_once(commands: Commands) -> None:
    added = "https://a.example/cb"
    made = commands.init().answers(
        "client", "create", "--preset", "claude-web", "--redirect-uri", added, "--redirect-uri", added, "--name", "Mine"
    )
    assert made["redirect_uris"] == [*CLAUDE_WEB, added]
    assert (made["client_name"], made["deployment"]) == ("Mine", None)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_keeps_to_the_rules_of_registration(commands: Commands, preset: Preset) -> None:
    name, redirect_uris = PRESETS[preset]
    made = commands.init().answers("client", "create", "--preset", preset)
    assert (made["client_name"], made["redirect_uris"]) == (name, list(redirect_uris))


def test_the_presets_that_can_be_named_are_those_there_are() -> None:
    assert set(get_args(Preset)) == PRESETS.keys()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--redirect-uri", "http://a.example/cb"),
            "redirect_uris: entry 1 must be https (http is for loopback alone).",
        ),
        (
            ("--redirect-uri", "/cb"),
            "redirect_uris: entry 1 is not an absolute URI: write all of it, as in https://app.example/callback.",
        ),
        (
            ("--preset", "chatgpt", "--name", "x" * 501),
            "client_name must be text of at most 500 characters.",
        ),
        (
            ("--preset", "chatgpt", "--deployment", "nowhere"),
            "There is no deployment nowhere: `consentry deployment list` shows those there are.",
        ),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_kept(
    commands: Commands, words: tuple[str, ...], sentence: str
) -> None:
    assert commands.init().fails("client", "create", *words) == sentence
    assert commands.answers("client", "list") == []


def test_a_client_that_can_be_led_nowhere_is_wrong_usage(commands: Commands) -> None:
    assert "--preset or --redirect-uri" in commands.misused("client", "create")
    said = commands.misused("client", "create", "--preset", "netscape")
    assert "Invalid value for '--preset': 'netscape' is not one of 'claude-desktop', 'claude-web'" in said


def test_deleting_a_client_ends_its_grants(commands: Commands) -> None:
    commands.init()
    issued: Issued = commands.lived(Bench.connect)
    assert commands.answers("client", "delete", "client_1") == {
        "client_id": "client_1",
        "deleted": True,
        "grants_ended": 1,
    }
    assert "There is no client client_1" in commands.fails("client", "show", "client_1")
    (grant,) = commands.answers("grant", "list")
    assert (grant["ended_because"], grant["client_name"]) == ("client deleted", None)
    assert commands.ended(issued)


def test_a_name_that_a_stranger_chose_cannot_steer_the_terminal(commands: Commands) -> None:
    hostile = replace(client("client_x"), name="\x1b[2J\x9bagent\u202e")

    async def work(tx: Transaction) -> None:
        await tx.add_client(hostile)

    commands.init().within(work)
    for said in (
        commands.says("client", "list"),
        commands.says("client", "show", "client_x"),
        commands.says("client", "list", "--json"),
    ):
        assert "agent" in said
        assert not {"\x1b", "\x9b", "\u202e"} & set(said)


@pytest.mark.parametrize("verb", ["show", "delete"])
def test_an_unknown_client_is_said_to_be_so(commands: Commands, verb: str) -> None:
    sentence = commands.init().fails("client", verb, "client_x")
    assert sentence == "There is no client client_x: `consentry client list` shows those there are."


def test_a_client_that_acts_for_itself_is_let_in_by_being_made(commands: Commands) -> None:
    words = ("client", "create", "--deployment", "reminders", "--confidential", "--grant", "client_credentials")
    made = commands.with_deployment().answers(*words, "--name", "Cron")
    assert (made["grant_types"], made["redirect_uris"]) == (["client_credentials"], [])
    assert recognise(made["client_secret"], Kind.CLIENT_SECRET)
    (grant,) = commands.answers("grant", "list")
    assert (grant["client_id"], grant["subject"], grant["account"]) == (made["client_id"], made["client_id"], EMAIL)
    assert grant["live"]
    said = commands.says("grant", "show", grant["id"])
    assert "by the operator" in said
    assert "never" in said
    assert "let the application in, to act for itself" in said
    assert commands.answers("grant", "revoke", grant["id"])["live"] is False
    (ended,) = commands.answers("grant", "list")
    assert ended["expires_at"] == ended["ended_at"]


def test_a_deployment_that_is_given_away_takes_along_who_acts_there_for_itself(commands: Commands) -> None:
    words = ("client", "create", "--deployment", "reminders", "--confidential", "--grant", "client_credentials")
    commands.with_deployment().says(*words)
    commands.says("account", "create", "bob@example.com", "--password-stdin", stdin="correct horse battery staple\n")
    commands.says("deployment", "update", "reminders", "--owner", "bob@example.com")
    (grant,) = commands.answers("grant", "list")
    assert grant["account"] == "bob@example.com"


def test_a_client_may_sign_instead_of_having_a_secret(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(jwks(key("ES256"))))
    words = ("client", "create", "--deployment", "reminders", "--grant", "client_credentials")
    commands.with_deployment()
    made = [
        commands.answers(*words, *more)
        for more in (("--jwks", str(file)), ("--jwks-uri", "https://agent.example/jwks.json"))
    ]
    assert [one["token_endpoint_auth_method"] for one in made] == ["private_key_jwt"] * 2
    assert not any("client_secret" in one for one in made)
    by_value, by_uri = (commands.client(one["client_id"]) for one in made)
    assert (by_value.jwks, by_uri.jwks_uri) == (public(key("ES256")), "https://agent.example/jwks.json")
    file.write_text("{}")
    assert "JWK Set" in commands.fails(*words, "--jwks", str(file))
    file.write_text("no")
    assert "is no JSON" in commands.fails(*words, "--jwks", str(file))
    assert "No such file" in commands.fails(*words, "--jwks", str(tmp_path / "none"))
    assert "https URL" in commands.fails(*words, "--jwks-uri", "http://agent.example/")
    assert len(commands.answers("client", "list")) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--grant", "client_credentials"), "--deployment"),
        (("--grant", "client_credentials", "--confidential"), "--deployment"),
        (("--grant", "client_credentials", "--deployment", "reminders"), "--confidential"),
        (("--grant", "password", "--preset", "chatgpt"), "is not one of"),
        (("--grant", "refresh_token"), "nothing to refresh"),
        (("--grant", "client_credentials", "--preset", "chatgpt"), "takes people nowhere"),
        (("--preset", "chatgpt", "--confidential", "--jwks-uri", "https://a.example/k"), "does not go with"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(commands: Commands, words: tuple[str, ...], said: str) -> None:
    assert said in " ".join(commands.misused("client", "create", *words).split())


def test_how_a_client_refreshes_is_the_operators_word(commands: Commands) -> None:
    made = commands.init().answers("client", "create", "--preset", "chatgpt", "--confidential", "--refresh", "reuse")
    assert made["refresh"] == "reuse"
    assert commands.answers("client", "update", made["client_id"], "--refresh", "rotate")["refresh"] == "rotate"
    assert commands.events("client:client:changed") == [("client:client:changed", "refresh: rotate")]
    public_id = commands.answers("client", "create", "--preset", "cursor")["client_id"]
    assert "refresh" not in commands.answers("client", "show", public_id)
    warned = commands.run("client", "update", public_id, "--refresh", "reuse")
    assert warned.exit_code == 0
    assert "a public client proves nothing" in warned.stderr
    assert "There is no client client_x" in commands.fails("client", "update", "client_x", "--refresh", "reuse")
