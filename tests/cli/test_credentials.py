"""consentry client rotate-secret, consentry deployment credentials."""

import pytest

from consentry.tokens import Kind, recognise
from tests.cli.commands import Commands


def made(commands: Commands) -> dict[str, str]:
    created: dict[str, str] = commands.init().answers(
        "client", "create", "--redirect-uri", "https://a.example/cb", "--confidential"
    )
    return created


def test_a_new_secret_is_shown_once_and_the_old_one_works_for_a_day(commands: Commands) -> None:
    old = made(commands)
    new = commands.answers("client", "rotate-secret", old["client_id"])
    assert new["client_id"] == old["client_id"]
    client = commands.client(old["client_id"])
    secrets = [recognise(one["client_secret"], Kind.CLIENT_SECRET) for one in (new, old)]
    assert [client.secret_digest, client.previous_secret_digest] == [one.digest() for one in secrets if one]
    assert client.previous_secret_until is not None
    assert client.secret_digests(client.previous_secret_until - 1) == (
        client.secret_digest,
        client.previous_secret_digest,
    )
    assert client.secret_digests(client.previous_secret_until) == (client.secret_digest,)
    assert commands.events("client:secret:rotated") == [("client:secret:rotated", "")]


@pytest.mark.parametrize(("overlap", "said"), [("0", "void"), ("7d", "works for 7d more")])
def test_it_is_said_what_becomes_of_the_old_secret(commands: Commands, overlap: str, said: str) -> None:
    output = commands.says("client", "rotate-secret", made(commands)["client_id"], "--overlap", overlap)
    assert said in output
    assert "shown this once" in output


@pytest.mark.parametrize("overlap", ["", "soon", "-1", "1y", "1.5h", "99999999w"])
def test_a_duration_that_is_none_is_wrong_usage(commands: Commands, overlap: str) -> None:
    said = commands.misused("client", "rotate-secret", made(commands)["client_id"], f"--overlap={overlap}")
    assert "write 90d, 12h, 30m or 45s" in said


def test_a_client_without_a_secret_has_none_to_exchange(commands: Commands) -> None:
    public = commands.init().answers("client", "create", "--preset", "chatgpt")["client_id"]
    assert commands.fails("client", "rotate-secret", public) == f"{public} has no secret: it is public."
    assert "There is no client client_x" in commands.fails("client", "rotate-secret", "client_x")


def test_a_deployments_credentials_are_made_then_exchanged(commands: Commands) -> None:
    first = commands.with_deployment().answers("deployment", "credentials", "reminders")
    assert first["introspection_url"] == "http://127.0.0.1:8000/introspect"
    second = commands.answers("deployment", "credentials", "reminders", "--overlap", "30m")
    assert second["client_id"] == first["client_id"]
    assert second["client_secret"] != first["client_secret"]
    client = commands.client(first["client_id"])
    assert client.resource_server
    assert client.grant_types == client.redirect_uris == ()
    assert len(client.secret_digests(0)) == 2
    (listed,) = commands.answers("client", "list")
    assert (listed["source"], listed["deployment"]) == ("deployment", "reminders")
    assert "works for 24h more" in commands.says("deployment", "credentials", "reminders")
    assert "There is no deployment nowhere" in commands.fails("deployment", "credentials", "nowhere")


def test_credentials_go_with_their_deployment(commands: Commands) -> None:
    commands.with_deployment().answers("deployment", "credentials", "reminders")
    commands.says("deployment", "delete", "reminders")
    assert commands.answers("client", "list") == []
