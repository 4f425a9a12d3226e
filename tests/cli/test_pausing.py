"""What the dashboard does, by commands: pausing, a look that is kept, an older secret ended, who cannot reach us."""

from consentry.store.sql import Transaction
from tests.cli.commands import Commands


def test_a_deployment_is_paused_and_resumed_once_each(commands: Commands) -> None:
    commands.with_deployment()
    assert commands.answers("deployment", "pause", "reminders") == {
        "slug": "reminders",
        "paused": True,
        "changed": True,
    }
    assert "was so already" in commands.says("deployment", "pause", "reminders")
    assert "paused: its calls are refused" in commands.says("deployment", "show", "reminders")
    assert commands.answers("deployment", "show", "reminders")["paused_at"] is not None
    assert "its calls pass" in commands.says("deployment", "resume", "reminders")
    assert commands.answers("deployment", "show", "reminders")["paused_at"] is None
    assert [name for name, _ in commands.events("deployment:deployment:paused", "deployment:deployment:resumed")] == [
        "deployment:deployment:paused",
        "deployment:deployment:resumed",
    ]
    assert "There is no deployment nothing" in commands.fails("deployment", "pause", "nothing")


def test_what_a_test_of_the_connection_found_is_kept(commands: Commands) -> None:
    commands.with_deployment()
    assert "Nothing answers" in commands.fails("deployment", "test", "reminders")

    async def work(tx: Transaction) -> list[str | None]:
        return [seen.fault for seen in (await tx.list_health(None)).values()]

    (fault,) = commands.within(work)
    assert fault is not None
    assert "Nothing answers" in fault


def test_the_older_of_two_secrets_is_ended_before_its_time(commands: Commands) -> None:
    commands.with_deployment()
    made = commands.answers("client", "create", "--redirect-uri", "https://app.example/cb", "--confidential")
    client_id = made["client_id"]
    assert commands.answers("client", "end-secret", client_id) == {"client_id": client_id, "ended": False}
    commands.says("client", "rotate-secret", client_id)
    assert f"The older secret of {client_id} is ended." in commands.says("client", "end-secret", client_id)
    assert "was over already" in commands.says("client", "end-secret", client_id)
    assert len(commands.events("client:secret:ended")) == 1


def test_who_cannot_reach_a_deployment_is_said_where_its_client_is_made(commands: Commands) -> None:
    commands.with_deployment()
    made = commands.run("client", "create", "--preset", "chatgpt", "--deployment", "reminders")
    assert "ChatGPT calls from its maker's machines, and 127.0.0.1 is not reachable from there" in made.stderr
    plain = commands.run("client", "create", "--preset", "chatgpt")
    assert "reachable" not in plain.stderr
