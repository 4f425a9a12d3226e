"""consentry deployment create, update: how callers prove who they are."""

import pytest

from tests.cli.commands import EMAIL, Commands

UPDATE = ("deployment", "update", "reminders")
TRUST = ("--jwt-issuer", "https://idp.example", "--jwt-jwks-url", "https://idp.example/jwks.json")
SECRET = "a secret of thirty-two characters, or more"


def test_an_issuer_is_trusted_beside_oauth_until_a_day_and_then_no_more(commands: Commands) -> None:
    made = commands.with_deployment().answers("deployment", "show", "reminders")
    assert (made["auth"], made["jwt_issuer"], made["sunset_at"]) == ("oauth", None, None)
    both = commands.answers(*UPDATE, "--auth", "jwt,oauth", *TRUST, "--sunset", "2040-03-31")
    assert (both["auth"], both["jwt_issuer"], both["jwt_secret"]) == ("oauth,jwt", "https://idp.example", False)
    assert both["sunset_at"] == 2216764800
    assert both["deprecated_at"] < both["sunset_at"]
    said = commands.says("deployment", "show", "reminders")
    assert "oauth, and JWTs of https://idp.example, by keys at https://idp.example/jwks.json, until 2040-03-31" in said
    assert "nobody in the last 90 days" in said
    commands.within(lambda tx: tx.note_issuer_use(made["id"], "https://idp.example|ada", 1_800_000_000))
    assert "1 in the last 90 days, the last one 2027-01-15" in commands.says("deployment", "show", "reminders")
    assert commands.answers("deployment", "show", "reminders")["jwt_callers"] == 1
    later = commands.answers(*UPDATE, "--jwt-audience", "their-api")
    assert (later["jwt_audience"], later["sunset_at"], later["deprecated_at"]) == (
        "their-api",
        both["sunset_at"],
        both["deprecated_at"],
    )
    assert commands.answers(*UPDATE, "--sunset", "never")["sunset_at"] is None
    over = commands.answers(*UPDATE, "--auth", "oauth")
    assert {name: over[name] for name in made if not name.startswith("jwt_")} == {
        name: value for name, value in made.items() if not name.startswith("jwt_")
    }
    public = commands.run(*UPDATE, "--auth", "none")
    assert "none: public" in public.stdout
    assert "whoever finds its MCP URL may call it" in public.stderr


def test_a_shared_secret_is_read_from_standard_input_and_never_shown(commands: Commands) -> None:
    create = ("deployment", "create", "reminders", "--upstream", "http://127.0.0.1:9/mcp", "--owner", EMAIL)
    trust = ("--auth", "jwt", "--jwt-issuer", "their issuer", "--jwt-secret-stdin")
    commands.with_account()
    assert "32 characters at least" in commands.fails(*create, *trust, stdin="short\n")
    made = commands.answers(*create, *trust, stdin=SECRET + "\n")
    assert (made["auth"], made["jwt_secret"], made["jwt_jwks_url"]) == ("jwt", True, None)
    said = commands.says("deployment", "show", "reminders")
    assert "JWTs of their issuer, by a shared secret" in said
    assert SECRET not in said
    assert SECRET.encode() not in commands.database.read_bytes()
    url = "https://idp.example/jwks.json"
    keys = commands.answers(*UPDATE, "--jwt-jwks-url", url)
    assert (keys["jwt_secret"], keys["jwt_jwks_url"]) == (False, url)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--auth", "jwt"), "needs an issuer"),
        (("--auth", "jwt", "--jwt-jwks-url", "https://idp.example/k"), "--jwt-issuer"),
        (("--auth", "jwt", "--jwt-issuer", "x"), "how the issuer signs"),
        (("--auth", "none,oauth"), "Write oauth, jwt, none"),
        (TRUST, "Only the mode jwt"),
        (("--auth", "jwt", *TRUST, "--sunset", "2040-01-01"), "sunset only for jwt beside oauth"),
        (
            ("--auth", "jwt", "--jwt-issuer", "http://127.0.0.1:8000", "--jwt-jwks-url", "https://a.example/k"),
            "own issuer",
        ),
    ],
)
def test_what_does_not_go_together_is_said(commands: Commands, words: tuple[str, ...], said: str) -> None:
    assert said in commands.with_deployment().fails(*UPDATE, *words)
    assert commands.answers("deployment", "show", "reminders")["auth"] == "oauth"


def test_what_is_written_wrongly_is_said(commands: Commands) -> None:
    commands.with_deployment()
    assert "not oauth, jwt, none" in commands.misused(*UPDATE, "--auth", "basic")
    for day in ("tomorrow", "2040-02-30", "2040-1-1"):
        assert "is no day" in commands.misused(*UPDATE, "--auth", "oauth,jwt", *TRUST, "--sunset", day)


def test_a_sunset_that_is_past_is_said(commands: Commands) -> None:
    commands.with_deployment()
    late = commands.run(*UPDATE, "--auth", "oauth,jwt", *TRUST, "--sunset", "2020-03-31")
    assert (late.exit_code, "is past, so that JWTs are refused already" in late.stderr) == (0, True)
    assert "is past" not in commands.run(*UPDATE, "--sunset", "2040-03-31").stderr
