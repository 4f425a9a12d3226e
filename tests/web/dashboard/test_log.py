"""The log of a deployment: searched, paged, and exported, by its owner and by nobody else."""

import csv
import io
import json
from collections.abc import Sequence

import pytest

from consentry.audit import Event
from consentry.calls import Call
from consentry.store.sql import Transaction
from consentry.web.dashboard.exporting import COLUMNS, cell
from tests.web.dashboard.conftest import Place
from tests.web.pages.reading import Reading

pytestmark = pytest.mark.anyio

LOG = "/dashboard/deployments/reminders/log"
NOW = 1_785_250_000  # 2026-07-28T14:46:40Z
CALL = Call(NOW, "req_1", "d_1", "account_1", "client_1", "tools/call", "remind", 200, 34, 120, 4321)


async def written(place: Place, calls: Sequence[Call] = (), events: Sequence[Event] = ()) -> str:
    """Lines of the log of the first deployment, whose id is given back."""

    async def work(tx: Transaction) -> str:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await tx.add_calls([call._replace(deployment_id=found.id) for call in calls])
        for event in events:
            await tx.add_event(event)
        return found.id

    return await place.here.installation.store.write(work)


def shown(page: Reading) -> list[str]:
    """The request ids on it, in their order, but for the page's own."""
    return [word for word in page.text.split() if word.startswith("req_")][:-1]


async def test_the_newest_calls_come_first_and_older_pages_are_complete(place: Place) -> None:
    await written(place, [CALL._replace(at=NOW + number // 3, request_id=f"req_n{number:03}") for number in range(120)])
    page, found = await place.owner.open(LOG), list[str]()
    while True:
        found += shown(page)
        older = next((a["href"] for a in page.all("a") if "before=" in a["href"]), None)
        if older is None:
            break
        page = await place.owner.open(older)
        assert "Back to the newest" in page.text
    assert found == [f"req_n{number:03}" for number in reversed(range(120))]


async def test_a_filter_is_kept_in_the_form_the_next_page_and_the_export(place: Place) -> None:
    calls = [
        CALL,
        CALL._replace(request_id="req_2", status=403, at=NOW + 60),
        CALL._replace(request_id="req_3", tool="forget", at=NOW + 120),
        CALL._replace(request_id="req_4", status=0, client_id="client_9", at=NOW + 180),
    ]
    await written(place, calls)

    async def found(query: str) -> list[str]:
        return shown(await place.owner.open(f"{LOG}?{query}"))

    assert await found("failed=1") == ["req_2"]
    assert await found("status=403&tool=") == ["req_2"]
    assert await found("tool=forget") == ["req_3"]
    assert await found("client=client_9") == ["req_4"]
    assert await found("from=2026-07-28T14:48&to=2026-07-28T14:49") == ["req_3"]
    assert await found("status=0") == ["req_4"]
    page = await place.owner.open(f"{LOG}?tool=remind&failed=1")
    assert page.forms[-1].inputs["tool"]["value"] == "remind"
    assert f"{LOG}/csv?tool=remind&failed=1" in [a["href"] for a in page.all("a")]
    exported = await place.owner.browser.get(f"{LOG}/jsonl?tool=remind&failed=1")
    assert [json.loads(line)["request_id"] for line in exported.text.splitlines()] == ["req_2"]


@pytest.mark.parametrize("query", ["from=yesterday", "to=9999999-01-01", "status=abc", "status=1000"])
async def test_what_cannot_be_meant_is_said_and_nothing_is_shown(place: Place, query: str) -> None:
    await written(place, [CALL])
    page = await place.owner.open(f"{LOG}?{query}", 400)
    assert "taken as UTC" in page.text or "A status is a number" in page.text
    assert shown(page) == []
    assert (await place.owner.browser.get(f"{LOG}/csv?{query}")).status_code == 400


async def test_an_address_that_makes_no_sense_is_a_page_that_says_so(place: Place) -> None:
    for query in ("tool=%00", "tool=%ff", "tool=a&tool=b", "&".join(f"a{n}=1" for n in range(1000))):
        response = await place.owner.browser.get(f"{LOG}?{query}")
        assert (response.status_code, "cannot be answered" in response.text) == (400, True), query
    for mark in ("x", "1", "1.", "-1.2", "9" * 400 + ".1", "1.٣"):
        assert (await place.owner.browser.get(f"{LOG}?before={mark}")).status_code == 200


async def test_events_stand_beside_the_calls_in_words(place: Place) -> None:
    deployment_id = await written(place)
    client_id = (await place.here.register(client_name="=cmd|' /C calc'!A0"))["client_id"]
    ids = {"account_id": "account_1", "client_id": client_id, "deployment_id": deployment_id}
    await written(
        place,
        events=[
            Event("grant:token:refreshed", NOW, "198.51.100.9", **ids),
            Event("grant:token:reused", NOW, "198.51.100.9", **ids),
            Event("grant:consent:approved", NOW, None, "account_2", client_id, deployment_id),
        ],
    )
    page = await place.owner.open(f"{LOG}?kind=events")
    assert "You approved" not in page.text
    assert "bob@example.com approved =cmd|' /C calc'!A0 for reminders." in page.text
    assert "came again, as if stolen" in page.text
    assert "connect it again" in page.text
    assert "198.51.100.9" not in page.text
    only = await place.owner.open(f"{LOG}?kind=events&failed=1")
    assert "refreshed its access" not in only.text
    assert "as if stolen" in only.text

    exported = await place.owner.browser.get(f"{LOG}/csv?kind=events")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert {row["client_name"] for row in rows if row["client_id"] == client_id} == {"'=cmd|' /C calc'!A0"}
    assert "198.51.100.9" not in exported.text + (await place.owner.browser.get(f"{LOG}/jsonl?kind=events")).text
    assert "198.51.100.9" in (await place.operator.browser.get(f"{LOG}/jsonl?kind=events")).text


async def test_an_export_is_a_file_with_every_line_and_the_columns_said(place: Place) -> None:
    await written(place, [CALL._replace(at=NOW + number, request_id=f"req_{number}") for number in range(2_345)])
    response = await place.owner.browser.get(f"{LOG}/csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="reminders-calls.csv"'
    assert response.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    assert tuple(rows[0]) == COLUMNS["calls"]
    assert [row[-1] for row in rows[1:]] == [f"req_{number}" for number in reversed(range(2_345))]
    assert rows[-1][0] == "2026-07-28T14:46:40Z"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=1", "＝1", "\u00a0=1"])  # noqa: RUF001
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert (cell("remind"), cell(None), cell(34), cell("")) == ("remind", "", "34", "")


async def test_the_log_of_another_is_nobodys(place: Place) -> None:
    await written(place, [CALL._replace(request_id="req_of_the_owner")])
    for path in ("", "/csv", "/jsonl", "?kind=events"):
        response = await place.another.browser.get(f"{LOG}{path}")
        assert (response.status_code, "req_of_the_owner" in response.text) == (404, False)
