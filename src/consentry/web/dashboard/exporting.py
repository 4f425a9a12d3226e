"""/dashboard/deployments/{slug}/log/csv and /jsonl: what a search finds, as files, streamed a read at a time."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from starlette.responses import Response, StreamingResponse

from consentry.audit import Event
from consentry.calls import Call, Mark, Names
from consentry.lines import told
from consentry.web import responses, showing
from consentry.web.dashboard.log import Search, search
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.log_views import LogKind
from consentry.web.site import Transaction

# What one export holds, and what one read of it does. Whoever wants more says until when, and goes on from there.
MOST_LINES = 100_000
LINES_AT_ONCE = 1_000
COLUMNS: dict[LogKind, tuple[str, ...]] = {
    "calls": (
        "time", "deployment", "account", "client_name", "client_id", "method", "tool", "status", "milliseconds",
        "bytes_in", "bytes_out", "request_id",
    ),
    "events": (
        "time", "deployment", "name", "account", "client_name", "client_id", "reason", "suspicious", "grant_id",
    ),
}  # fmt: skip
# A spreadsheet takes what begins so for a formula, in full width and behind white space too.
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20|%"

Page = list[dict[str, object]]
Write = Callable[[Page], str]


async def as_csv(visit: Visit) -> Response:
    """GET: a table, its first line the names of the columns."""

    def write(columns: Sequence[str], page: Page) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([cell(line.get(name)) for name in columns] for line in page)
        return text.getvalue()

    asked = search(visit)
    columns = COLUMNS[asked.kind] if asked else ()
    return _export(visit, asked, "csv", "text/csv; charset=utf-8", partial(write, columns), ",".join(columns) + "\r\n")


async def as_json_lines(visit: Visit) -> Response:
    """GET: an object a line, as `consentry log --follow --json` has them."""

    def write(page: Page) -> str:
        return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in page)

    return _export(visit, search(visit), "jsonl", "application/jsonl; charset=utf-8", write)


def cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula: strangers choose the names in it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip()[:1] in _FORMULA and text.lstrip() else text


def _export(visit: Visit, asked: Search | None, ending: str, media_type: str, write: Write, head: str = "") -> Response:
    if asked is None or asked.error:
        wording = words.MALFORMED_REQUEST
        return showing.stop(visit.request, visit.site, wording, link=("The log", visit.at("log")))

    async def body() -> AsyncIterator[str]:
        yield head
        async for page in _pages(visit, asked):
            yield write(page)

    name = f"{visit.deployment.slug}-{asked.kind}.{ending}"
    headers = responses.NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body(), media_type=media_type, headers=headers)


async def _pages(visit: Visit, asked: Search) -> AsyncIterator[Page]:
    """The newest first, until there are no more or there have been enough."""
    before, written = asked.before, 0
    while written < MOST_LINES:
        page, before = await visit.site.store.read(partial(_read, visit.deployment.id, asked, before))
        written += len(page)
        yield [_line(visit, of, names) for of, names in page]
        if before is None:
            return


async def _read(
    deployment_id: str, asked: Search, before: Mark | None, tx: Transaction
) -> tuple[list[tuple[Call | Event, Names]], Mark | None]:
    if asked.kind == "calls":
        calls, left = await tx.search_calls(deployment_id, asked.sought, before, LINES_AT_ONCE)
        return [(call, names) for _, call, names in calls], left
    events, left = await tx.search_events(deployment_id, asked.sought, before, LINES_AT_ONCE)
    return [(event, names) for _, event, names in events], left


def _line(visit: Visit, of: Call | Event, names: Names) -> dict[str, object]:
    line = told(of, names, operates=visit.account.operator)
    return {"time": f"{datetime.fromtimestamp(of.at, UTC):%Y-%m-%dT%H:%M:%SZ}", **line}
