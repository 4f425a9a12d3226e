"""/dashboard/deployments/{slug}/log: calls and events of a deployment, searched and followed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from consentry.audit import Event
from consentry.calls import Call, Mark, Names, Sought
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.web import showing
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import event_words, words
from consentry.web.pages.log_views import CallLine, EventLine, LogKind, LogPage
from consentry.web.site import Transaction

LINES_A_PAGE = 50
MOST_CLIENTS = 200
FIELDS = ("from", "to", "client", "tool", "status", "failed")
NOT_A_TIME = "That is no time. Write it as 2026-07-28T14:30; it is taken as UTC."
NOT_A_STATUS = "A status is a number from 0 to 999, as 200 or 403; 0 is a client that left before its answer."
HIGHEST_STATUS = 999
KINDS: tuple[tuple[LogKind, str], ...] = (("calls", "Calls"), ("events", "OAuth events"))


@dataclass(frozen=True, slots=True)
class Search:
    """What the address asks for. `error` says in words what cannot be meant; then nothing is looked for."""

    kind: LogKind
    sought: Sought
    values: dict[str, str]
    before: Mark | None = None
    error: str | None = None

    def query(self, **more: str) -> str:
        """The same as an address has it."""
        kind = {"kind": self.kind} if self.kind != "calls" else {}
        asked = kind | {name: value for name, value in self.values.items() if value} | more
        return f"?{urlencode(asked)}" if asked else ""


def search(visit: Visit) -> Search | None:
    """None where the address cannot be read at all."""
    given = params.parse(visit.request.url.query)
    if isinstance(given, Refusal):
        return None
    values = {name: given.get(name) or "" for name in FIELDS}
    kind: LogKind = "events" if given.get("kind") == "events" else "calls"
    times, status = [_time(values["from"]), _time(values["to"])], _number(values["status"])
    error = None
    if any(value and found is None for value, found in zip((values["from"], values["to"]), times, strict=True)):
        error = NOT_A_TIME
    elif values["status"] and (status is None or status > HIGHEST_STATUS):
        error = NOT_A_STATUS
    sought = Sought(
        since=times[0] or 0,
        until=times[1],
        client_id=values["client"] or None,
        tool=values["tool"] or None,
        status=status,
        failed=bool(values["failed"]),
    )
    return Search(kind, sought, values, _mark(given.get("before")), error)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page is made of."""

    calls: list[tuple[int, Call, Names]]
    events: list[tuple[int, Event, Names]]
    left: Mark | None
    callers: list[tuple[str, str | None]]


async def show(visit: Visit) -> Response:
    """GET: a page of lines, the newest first."""
    asked = search(visit)
    if asked is None:
        return showing.stop(visit.request, visit.site, words.MALFORMED_REQUEST, link=("The log", visit.at("log")))
    one = visit.deployment

    async def work(tx: Transaction) -> _Found:
        callers = await tx.list_callers(one.id, MOST_CLIENTS)
        if asked.error:
            return _Found([], [], None, callers)
        if asked.kind == "calls":
            calls, left = await tx.search_calls(one.id, asked.sought, asked.before, LINES_A_PAGE)
            return _Found(calls, [], left, callers)
        events, left = await tx.search_events(one.id, asked.sought, asked.before, LINES_A_PAGE)
        return _Found([], events, left, callers)

    found = await visit.site.store.read(work)
    return visit.show(_page(visit, asked, found), 400 if asked.error else 200)


def _page(visit: Visit, asked: Search, found: _Found) -> LogPage:
    left, callers = found.left, found.callers
    here = visit.at("log")
    chosen = asked.values["client"]
    if chosen and chosen not in {client_id for client_id, _ in callers}:
        callers = [*callers, (chosen, chosen)]
    return LogPage(
        deployment_name=visit.deployment.name,
        back=visit.at(),
        here=here,
        kind=asked.kind,
        kinds=tuple((kind, said, f"{here}{'?kind=events' if kind == 'events' else ''}") for kind, said in KINDS),
        values=asked.values,
        clients=tuple((client_id, name or client_id) for client_id, name in callers),
        calls=tuple(_call(call, names) for _, call, names in found.calls),
        events=tuple(_event(visit, event, names) for _, event, names in found.events),
        exports=()
        if asked.error
        else tuple(
            (said, f"{here}/{shape}{asked.query()}") for shape, said in (("csv", "CSV"), ("jsonl", "JSON lines"))
        ),
        newest=f"{here}{asked.query()}" if asked.before else None,
        older=f"{here}{asked.query(before=f'{left.at}.{left.number}')}" if left else None,
        error=asked.error,
    )


def _call(call: Call, names: Names) -> CallLine:
    return CallLine(
        at=call.at,
        what=call.tool or call.method,
        account=names.account or "",
        client=names.client or "",
        status=call.status,
        milliseconds=call.milliseconds,
        bytes_in=call.bytes_in,
        bytes_out=call.bytes_out,
        request_id=call.request_id,
    )


def _event(visit: Visit, event: Event, names: Names) -> EventLine:
    return EventLine(
        at=event.at,
        name=event.name,
        words=event_words.sentence(event, names, visit.account.id),
        suspicious=event.suspicious,
        next_step=event_words.next_step(event, visit.account.id),
    )


def _time(text: str) -> int | None:
    """As a browser writes one, taken as UTC."""
    try:
        given = datetime.fromisoformat(text)
        return max(int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()), 0)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("9007199254740992") else None


def _mark(text: str | None) -> Mark | None:
    """Where the page before ended; what is none begins with the newest."""
    at, _, number = (text or "").partition(".")
    first, second = _number(at), _number(number)
    return None if first is None or second is None else Mark(first, second)
