"""consentry deployment invite, uninvite."""

import json

from consentry.grants.exchange import Issued
from tests.bench import Bench
from tests.cli.commands import Commands

INVITE, UNINVITE = ("deployment", "invite", "reminders"), ("deployment", "uninvite", "reminders")


def test_people_are_invited_and_shown(commands: Commands) -> None:
    commands.with_deployment().says("deployment", "update", "reminders", "--access", "invited")
    assert commands.answers(*INVITE, "Bob@Example.com", "eve@example.com")["added"] == [
        "Bob@Example.com",
        "eve@example.com",
    ]
    again = commands.answers(*INVITE, "bob@EXAMPLE.com")
    assert again == {"slug": "reminders", "added": [], "invited": ["Bob@Example.com", "eve@example.com"]}
    assert commands.answers("deployment", "show", "reminders")["invited"] == again["invited"]
    assert "Bob@Example.com" in commands.says("deployment", "show", "reminders")
    answer = commands.answers(*UNINVITE, "bob@example.com")
    assert answer == {"slug": "reminders", "invited": ["eve@example.com"], "grants_ended": 0}
    assert "nobody" in commands.says(*UNINVITE, "eve@example.com")
    told = commands.events("deployment:guest:invited", "deployment:guest:uninvited")
    assert [name for name, _ in told] == ["deployment:guest:invited"] * 2 + ["deployment:guest:uninvited"] * 2


def test_what_will_not_do_is_said(commands: Commands) -> None:
    commands.with_deployment()
    assert commands.fails(*INVITE, "bob").startswith("bob: That is no email address")
    assert "is not invited to reminders" in commands.fails(*UNINVITE, "bob@example.com")
    result = commands.run(*INVITE, "bob@example.com", "--json")
    assert json.loads(result.stdout)["invited"] == ["bob@example.com"]
    assert "do not count yet" in result.stderr


def test_a_policy_that_narrows_ends_who_is_kept_out_and_says_how_many(commands: Commands) -> None:
    issued: Issued = commands.init().lived(Bench.connect)
    result = commands.run("deployment", "update", "reminders", "--owner", "person2@example.com", "--json")
    assert json.loads(result.stdout)["owner"] == "Person2@Example.com"
    assert "ended: 1." in result.stderr
    assert commands.ended(issued)
