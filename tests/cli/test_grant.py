"""consentry grant."""

from typing import get_args

import pytest

from consentry.audit import Event
from consentry.grants.exchange import Issued
from consentry.grants.model import EndReason
from consentry.grants.story import words
from tests.bench import Bench
from tests.builders import GRACE, HOUR, NOW
from tests.cli.commands import Commands


async def connect_and_race(bench: Bench) -> Issued:
    """A client that refreshes twice with one token at once, and once more long after."""
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    await bench.rotated(second.refresh_token)
    await bench.later(GRACE // 2).refresh(first.refresh_token)
    return first


async def steal(bench: Bench) -> None:
    first = await connect_and_race(bench)
    await bench.later(3 * HOUR).refresh(first.refresh_token)


def test_grants_are_listed_with_the_names_of_what_they_join(commands: Commands) -> None:
    commands.init().lived(Bench.connect)
    (grant,) = commands.answers("grant", "list")
    assert grant["id"].startswith("grant_")
    assert (grant["account"], grant["client_name"], grant["deployment"]) == (
        "Person1@Example.com",
        "Agent",
        "reminders",
    )
    assert (grant["scope"], grant["live"], grant["ended_at"]) == ("mcp offline_access", True, None)
    assert commands.answers("grant", "list", "--account", "person1@example.com") == [grant]
    assert commands.answers("grant", "list", "--account", "person2@example.com") == []
    assert "There is no account nobody" in commands.fails("grant", "list", "--account", "nobody")
    assert grant["id"] in commands.says("grant", "list")


def test_a_grant_tells_its_story_oldest_first(commands: Commands) -> None:
    commands.init().lived(steal)
    (listed,) = commands.answers("grant", "list")
    shown = commands.answers("grant", "show", listed["id"])
    assert [event["name"] for event in shown["events"]] == [
        "grant:code:exchanged",
        "grant:token:refreshed",
        "grant:token:refreshed",
        "grant:token:repeated",
        "grant:token:reused",
    ]
    assert [event["suspicious"] for event in shown["events"]] == [False, False, False, False, True]
    assert {event["network"] for event in shown["events"]} == {"192.0.2.7"}
    assert shown["ended_because"] == "old refresh token used again"

    said = commands.says("grant", "show", listed["id"]).splitlines()
    old, long = "An old refresh token came again", "long after its successor"
    lines = [
        ("  ", "08:00:00", "The person approved, and the application got its first tokens."),
        ("  ", "08:00:00", "The application refreshed its access."),
        ("  ", "08:00:00", "The application refreshed its access."),
        ("  ", "08:00:30", f"{old} 30 seconds after its use, from the same network: two requests raced. Kept."),
        ("! ", "11:00:00", f"{old} 3 hours after its use, from the same network, {long} was used: cut off."),
    ]
    assert said[-5:] == [f"{mark}2027-01-15 {time} UTC  192.0.2.7        {words}" for mark, time, words in lines]
    assert any(line.startswith("State") and line.endswith("  ended: old refresh token used again") for line in said)


async def refresh_all_day(bench: Bench) -> None:
    token = (await bench.connect()).refresh_token
    for hour in range(1, 25):
        token = (await bench.later(hour * HOUR).rotated(token)).refresh_token


def test_a_day_of_refreshes_is_one_line_of_the_story(commands: Commands) -> None:
    commands.init().lived(refresh_all_day)
    (listed,) = commands.answers("grant", "list")
    assert len(commands.answers("grant", "show", listed["id"])["events"]) == 25
    said = commands.says("grant", "show", listed["id"]).splitlines()[-2:]
    assert said[0].endswith("The person approved, and the application got its first tokens.")
    assert said[1].startswith("  2027-01-15 09:00:00 UTC  192.0.2.7")
    assert said[1].endswith("  The application refreshed its access 24 times, until 2027-01-16 08:00:00 UTC.")


def test_a_revoked_grant_is_over_at_once_and_once(commands: Commands) -> None:
    issued: Issued = commands.init().lived(Bench.connect)
    (listed,) = commands.answers("grant", "list")
    assert commands.says("grant", "revoke", listed["id"]) == f"The grant {listed['id']} is ended.\n"
    assert commands.ended(issued)
    again = commands.says("grant", "revoke", listed["id"])
    assert again == f"The grant {listed['id']} was over already (ended by the operator).\n"
    shown = commands.says("grant", "show", listed["id"]).splitlines()
    assert [line.split("  ")[-1] for line in shown if line.startswith("State")] == ["ended by the operator"]
    revoked = commands.answers("grant", "revoke", listed["id"])
    assert (revoked["live"], revoked["ended_because"]) == (False, "ended by the operator")
    assert commands.events("grant:grant:ended") == [("grant:grant:ended", "ended by the operator")]


@pytest.mark.parametrize("verb", ["show", "revoke"])
def test_an_unknown_grant_is_said_to_be_so(commands: Commands, verb: str) -> None:
    sentence = commands.init().fails("grant", verb, "grant_x")
    assert sentence == "There is no grant grant_x: `consentry grant list` shows those there are."


def test_nothing_connected_is_said(commands: Commands) -> None:
    assert commands.init().says("grant", "list") == "Nothing is connected.\n"


@pytest.mark.parametrize("reason", get_args(EndReason))
def test_every_end_has_a_sentence_of_its_own(reason: EndReason) -> None:
    sentence = words(Event("grant:grant:ended", NOW, reason=reason))
    assert not sentence.startswith("It ended: ")
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Event("grant:code:replayed", NOW), "Its authorization code came a second time, as if stolen: cut off."),
        (Event("grant:token:revoked", NOW), "The application revoked one access token."),
        (
            Event("grant:token:repeated", NOW, reason="lost response", detail={"seconds_since_use": 4}),
            "An old refresh token came again 4 seconds after its use: an answer was lost on the way. Kept.",
        ),
        (
            Event("grant:token:repeated", NOW, reason="race", detail={"seconds_since_use": 1}),
            "An old refresh token came again 1 second after its use: two requests raced. Kept.",
        ),
        (
            Event("grant:token:reused", NOW, detail={"seconds_since_use": 10_800, "from": "another network"}),
            (
                "An old refresh token came again 3 hours after its use, from another network, long after its successor "
                "was used: cut off."
            ),
        ),
        (
            Event("grant:token:shared", NOW, detail={"seconds_since_use": 400_000}),
            (
                "An old refresh token came again 4 days after its use, from another network. Kept, since its successor "
                "was unused; end it if you do not know that network."
            ),
        ),
        (
            Event("grant:token:unsealable", NOW),
            "An old refresh token came again, and its successor could not be read any more: refused.",
        ),
    ],
)
def test_what_seldom_happens_has_its_sentence_too(event: Event, sentence: str) -> None:
    assert words(event) == sentence
