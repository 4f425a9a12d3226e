"""Calls, events, activity and use by the API: as the pages show them, in pages of their own, to whom they belong."""

from typing import Any

import pytest

from consentry import tallies
from consentry.audit import Event
from consentry.calls import Call
from consentry.limits.quota import Usage, month_of
from consentry.store.sql import Transaction
from tests.builders import HOUR
from tests.web.management.conftest import EVERYWHERE, Api
from tests.web.management.described import hold

pytestmark = pytest.mark.anyio

AT = "deployments/reminders"
CALL = Call(0, "req_1", "d_1", "account_2", "client_1", "tools/call", "remind", 200, 34, 120, 4321)


async def logged(api: Api) -> None:
    """Seven calls by three tools, of which one failed, and one of another deployment; two events."""
    now = api.here.clock()

    async def work(tx: Transaction) -> None:
        calls = [CALL._replace(at=now - number, request_id=f"req_{number}") for number in range(5)]
        calls += [CALL._replace(at=now - 10, tool="forget", status=403, client_id="client_9")]
        calls += [CALL._replace(at=now - 20, method="tools/list", tool="", account_id="account_1")]
        await tx.add_calls([*calls, CALL._replace(at=now, deployment_id="d_2", tool="of_another")])
        await tx.add_counts(tallies.counts(calls))
        for name in ("grant:token:refreshed", "grant:token:reused", "deployment:deployment:changed"):
            theirs = "account_2" if name.startswith("grant") else "account_1"
            detail: dict[str, str | int] = {"why": "a test"}
            network = "192.0.2.9"
            await tx.add_event(Event(name, now - 5, network, theirs, "client_1", "d_1", detail=detail))
        await tx.hold_usage("account_1")
        await tx.keep_usage("account_1", Usage(month_of(now), 77, ((now - now % 60, 3),)))

    await api.here.installation.store.write(work)


async def pages(api: Api, path: str) -> list[dict[str, Any]]:
    """All items of a list, two at a time."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        response = await api.ask("owner", "GET", f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
        hold(response, "GET", path)
        page = response.json()
        assert len(page["items"]) <= 2
        found += page["items"]
        if "next" not in page:
            return found
        cursor = f"&cursor={page['next']}"


@EVERYWHERE
async def test_calls_are_paged_and_searched(api: Api) -> None:
    await logged(api)
    now, every = api.here.clock(), await pages(api, f"{AT}/calls")
    assert [one["at"] for one in every] == [now, now - 1, now - 2, now - 3, now - 4, now - 10, now - 20]
    assert every[0] == {
        "at": now,
        "request_id": "req_0",
        "account": "bob@example.com",
        "client_id": "client_1",
        "method": "tools/call",
        "tool": "remind",
        "status": 200,
        "milliseconds": 34,
        "bytes_in": 120,
        "bytes_out": 4321,
    }
    assert "tool" not in every[-1]
    for search, count in (
        ("tool=remind", 5),
        ("status=403", 1),
        ("failed=true", 1),
        ("failed=false", 7),
        ("client_id=client_9", 1),
        (f"since={now - 4}&until={now}", 4),
        ("until=0", 0),
    ):
        assert len(await pages(api, f"{AT}/calls?{search}")) == count, search


@EVERYWHERE
async def test_events_are_told_in_words_and_networks_to_operators_alone(api: Api) -> None:
    await logged(api)
    every = await pages(api, f"{AT}/events")
    assert [one["name"] for one in every] == [
        "deployment:deployment:changed",
        "grant:token:reused",
        "grant:token:refreshed",
    ]
    suspicious = await pages(api, f"{AT}/events?suspicious=true")
    assert [one["name"] for one in suspicious] == ["grant:token:reused"]
    assert "as if stolen" in suspicious[0]["words"]
    assert "next_step" in suspicious[0]
    assert [("network" in one, "detail" in one) for one in every] == [(True, False), (False, False), (False, False)]
    whole = (await api.ask("operator", "GET", f"{AT}/events")).json()["items"]
    assert {(one["network"], one["detail"]["why"]) for one in whole} == {("192.0.2.9", "a test")}


@EVERYWHERE
async def test_activity_is_what_happened_to_the_account_and_its_deployments(api: Api) -> None:
    await logged(api)
    told = [one["name"] for one in await pages(api, "account/activity")]
    assert "grant:token:refreshed" not in told
    assert {"grant:token:reused", "deployment:deployment:changed", "account:personal_token:created"} <= set(told)
    assert "grant:token:refreshed" in [one["name"] for one in await pages(api, "account/activity?show=all")]
    found = (await api.ask("another", "GET", "account/activity?show=suspicious")).json()["items"]
    assert [(one["name"], one["network"]) for one in found] == [("grant:token:reused", "192.0.2.9")]
    assert (await api.ask("operator", "GET", "account/activity?show=suspicious")).json() == {"items": []}


@EVERYWHERE
async def test_use_is_counted_by_time_tool_and_client_with_what_is_left(api: Api) -> None:
    await logged(api)
    found = (await api.ask("owner", "GET", f"{AT}/use")).json()
    counts = {"calls": 5, "errors": 0, "half_within_ms": 50, "most_within_ms": 50}
    assert found["tools"][0] == {"tool": "remind", "counts": counts}
    assert [(one["client_id"], one["counts"]["errors"]) for one in found["clients"]] == [
        ("client_1", 0),
        ("client_9", 1),
    ]
    assert len(found["times"]) == 24
    assert [one["counts"]["calls"] for one in found["times"][-2:]] == [5, 1]
    assert found["times"][0]["at"] == found["since"]
    assert "half_within_ms" not in found["times"][0]["counts"]
    assert found["quota"] == (await api.ask("owner", "GET", "account/quota")).json()
    assert found["quota"]["windows"] == [{"window": "hour", "made": 3}, {"window": "month", "made": 77}]
    week = (await api.ask("operator", "GET", f"{AT}/use?span=week")).json()
    assert (len(week["times"]), week["times"][1]["at"] - week["times"][0]["at"]) == (28, 6 * HOUR)


async def test_a_plan_says_what_is_left_and_when_the_next_calls_come_back(api: Api) -> None:
    await logged(api)
    await api.here.installation.store.write(lambda tx: tx.set_plan("account_1", "free"))
    hour, month = (await api.ask("owner", "GET", "account/quota")).json()["windows"]
    now = api.here.clock()
    assert (hour["limit"], hour["remaining"], hour["returns_at"]) == (20, 17, now - now % 60 + 60 + HOUR)
    assert (month["limit"], month["remaining"]) == (1000, 923)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "twice"),
        ("colour=red", "there are limit, cursor, since"),
        ("cursor=%FF", "UTF-8"),
        ("since=-1", "since"),
        ("since=99999999999999999999", "since"),
        ("failed=1", "failed"),
        ("status=1000", "status"),
        ("&".join(f"a{number}=1" for number in range(40)), "too long"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused_in_a_sentence(api: Api, query: str, sentence: str) -> None:
    response = await api.ask("owner", "GET", f"{AT}/calls?{query}")
    hold(response, "GET", f"{AT}/calls")
    assert (response.status_code, sentence in response.json()["detail"]) == (400, True), response.text


async def test_a_text_that_no_store_keeps_is_refused(api: Api) -> None:
    response = await api.ask("owner", "GET", f"{AT}/calls?tool=%00")
    assert (response.status_code, "NUL" in response.json()["detail"]) == (422, True)


async def test_where_no_query_is_read_none_is_taken(api: Api) -> None:
    response = await api.ask("owner", "GET", "account?verbose=1")
    assert (response.status_code, "takes none" in response.json()["detail"]) == (400, True)
