"""consentry log: calls and events in one order, for people and for scripts."""

import json
from typing import Any

import pytest

from consentry.audit import Event
from consentry.calls import Call, Names
from consentry.cli.log import Entry, news
from consentry.cli.tail import Tail
from consentry.store.driver import StoreError
from consentry.store.sql import Transaction
from tests.builders import NOW, client
from tests.cli.commands import EMAIL, Commands
from tests.cli.process import running

LATER = 2 * NOW  # than whatever the clock says: the commands write events by it
CALL = Call(LATER + 2, "req_1", "", "", "client_1", "tools/call", "remind", 200, 34, 120, 3400)


@pytest.fixture
def deployed(commands: Commands) -> Commands:
    return commands.with_deployment()


def log(commands: Commands, *calls: Call, events: tuple[Event, ...] = ()) -> tuple[str, str]:
    """Writes what is given for the one deployment there is; its id and its owner's."""

    async def work(tx: Transaction) -> tuple[str, str]:
        (deployment,) = await tx.list_deployments()
        if await tx.find_client("client_1") is None:
            await tx.add_client(client("client_1"))
        ids = {"deployment_id": deployment.id, "account_id": deployment.owner_id}
        await tx.add_calls([call if call.deployment_id else Call(**call._asdict() | ids) for call in calls])
        for event in events:
            await tx.add_event(event)
        return deployment.id, deployment.owner_id

    return commands.within(work)


def calls_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["kind"] == "call"]


def test_a_call_is_shown_with_everything_that_is_known_of_it(deployed: Commands) -> None:
    deployment_id, account_id = log(deployed, CALL)
    (call,) = calls_of(deployed.answers("log"))
    assert call == {
        "kind": "call",
        "at": LATER + 2,
        "request_id": "req_1",
        "deployment_id": deployment_id,
        "account_id": account_id,
        "client_id": "client_1",
        "method": "tools/call",
        "tool": "remind",
        "status": 200,
        "milliseconds": 34,
        "bytes_in": 120,
        "bytes_out": 3400,
        "deployment": "reminders",
        "account": EMAIL,
        "client_name": "Agent",
    }
    line = deployed.says("log").splitlines()[-1]
    assert f"reminders  {EMAIL}  Agent  tools/call remind  200  34 ms  120 B in, 3400 B out  req_1" in line


def test_calls_and_events_stand_in_the_order_of_time(deployed: Commands) -> None:
    deployment_id, account_id = log(deployed)
    refreshed = Event(
        "grant:token:reused", LATER + 3, "192.0.2.7", account_id, "client_1", deployment_id, "grant_1", "late"
    )
    log(deployed, CALL, CALL._replace(at=LATER + 4), events=(refreshed,))
    entries = deployed.answers("log")[-3:]
    assert [entry["kind"] for entry in entries] == ["call", "event", "call"]
    event = entries[1]
    assert (event["name"], event["suspicious"], event["deployment"], event["account"], event["network"]) == (
        "grant:token:reused",
        True,
        "reminders",
        EMAIL,
        "192.0.2.7",
    )
    assert "grant:token:reused (late)  suspicious" in deployed.says("log")


def test_a_deployment_has_a_log_of_its_own(deployed: Commands) -> None:
    log(deployed, CALL, CALL._replace(deployment_id="deployment_that_is_gone", request_id="req_2"))
    assert [call["request_id"] for call in calls_of(deployed.answers("log"))] == ["req_1", "req_2"]
    entries = deployed.answers("log", "--deployment", "reminders")
    assert [call["request_id"] for call in calls_of(entries)] == ["req_1"]
    assert {entry["deployment"] for entry in entries} == {"reminders"}
    assert "There is no deployment nobody" in deployed.fails("log", "--deployment", "nobody")


def test_what_is_gone_is_named_by_its_id(deployed: Commands) -> None:
    log(deployed, CALL._replace(deployment_id="d_gone", account_id="a_gone", client_id="c_gone", tool="", status=0))
    assert "d_gone  a_gone  c_gone  tools/call  left  34 ms" in deployed.says("log")


def test_the_newest_lines_are_shown_and_as_many_as_were_asked_for(deployed: Commands) -> None:
    log(deployed, *(CALL._replace(at=LATER + number, request_id=f"req_{number}") for number in range(120)))
    assert len(deployed.answers("log")) == 100
    assert [one["request_id"] for one in deployed.answers("log", "--lines", "2")] == ["req_118", "req_119"]


def test_names_that_steer_a_terminal_do_not(deployed: Commands) -> None:
    log(deployed, CALL._replace(tool="\x1b[2Jremind", client_id="\u202eevil"))
    shown = deployed.says("log")
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_an_empty_log_says_so(commands: Commands) -> None:
    commands.init().within(lambda tx: tx.db.run("DELETE FROM events"))
    assert commands.answers("log") == []
    assert commands.says("log") == "Nothing is in the log yet.\n"


@pytest.mark.slow
def test_following_goes_on_with_what_comes_an_object_a_line(deployed: Commands) -> None:
    log(deployed, CALL)
    environment = {"CONSENTRY_DATA_DIR": str(deployed.folder)}
    with running("log", "--follow", "--json", environment=environment) as following:
        assert json.loads(following.line("req_1"))["tool"] == "remind"
        log(deployed, CALL._replace(request_id="req_2"))
        assert json.loads(following.line("req_2"))["kind"] == "call"
        deployment_id, account_id = log(deployed)
        log(deployed, events=(Event("grant:grant:ended", NOW, None, account_id, deployment_id=deployment_id),))
        assert json.loads(following.line("grant:grant:ended"))["deployment"] == "reminders"


@pytest.mark.anyio
async def test_who_follows_waits_for_a_database_that_is_away_and_loses_no_line() -> None:
    there = True

    def growing(names: list[str]) -> Tail[Entry]:
        async def after(last: int, most: int) -> list[tuple[int, Entry]]:
            if not there:
                raise StoreError("the database does not answer: is it running?")
            return [
                (number, Entry(CALL._replace(request_id=name), Names(None, None, None)))
                for number, name in enumerate(names, 1)
                if number > last
            ][:most]

        return Tail(after, 0)

    def ids(entries: list[Entry]) -> list[object]:
        return [entry.json["request_id"] for entry in entries]

    first, second = ["a"], ["x"]
    tails = (growing(first), growing(second))
    came, away = await news(tails, 0.0)
    assert (ids(came), away) == (["x", "a"], None)
    there = False
    first.append("b")
    came, away = await news(tails, 1.0)
    assert ids(came) == []
    assert "is it running?" in str(away)
    there = True
    second.append("y")
    came, away = await news(tails, 2.0)
    assert (ids(came), away) == (["y", "b"], None)
