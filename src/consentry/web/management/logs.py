"""/api/v1/deployments/{slug}/calls, events and use, /api/v1/account/activity: what the log's pages show."""

from consentry import lines
from consentry.audit import Event
from consentry.calls import Call as Logged
from consentry.calls import Mark, Names, Sought
from consentry.limits.quota import Plan, Usage
from consentry.limits.windows import left
from consentry.tallies import Sum
from consentry.web import counted, happenings
from consentry.web.happenings import Shown
from consentry.web.management import paging
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.logged import (
    ActivitySearch,
    CallList,
    CallSearch,
    CallShown,
    Counts,
    EventList,
    EventSearch,
    EventShown,
    OfClient,
    OfTool,
    Quota,
    Search,
    Slot,
    UseSearch,
    UseShown,
    WindowLeft,
)
from consentry.web.management.problems import Problem
from consentry.web.pages import event_words
from consentry.web.site import Transaction

HALF, MOST = 50, 95


async def calls(call: Call) -> Answered | Problem:
    """GET .../calls."""
    asked, before = call.searched(CallSearch), _mark(call)
    if isinstance(before, Problem):
        return before
    sought = _sought(asked, tool=asked.tool, status=asked.status, failed=bool(asked.failed))

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found, rest = await tx.search_calls(one.id, sought, before, call.asked.limit)
        items = [_call(logged, names) for _, logged, names in found]
        return Answered(CallList(items=items, next=paging.cursor(rest) if rest else None))

    return await call.site.store.read(work)


async def events(call: Call) -> Answered | Problem:
    """GET .../events."""
    asked, before = call.searched(EventSearch), _mark(call)
    if isinstance(before, Problem):
        return before
    sought = _sought(asked, failed=bool(asked.suspicious))

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found, rest = await tx.search_events(one.id, sought, before, call.asked.limit)
        items = [_event(call, event, names) for _, event, names in found]
        return Answered(EventList(items=items, next=paging.cursor(rest) if rest else None))

    return await call.site.store.read(work)


async def activity(call: Call) -> Answered | Problem:
    """GET /api/v1/account/activity."""
    asked, after = call.searched(ActivitySearch).show, call.asked.numbers(1)
    if isinstance(after, Problem):
        return after
    shown: Shown = "" if asked == "matters" else asked

    async def work(tx: Transaction) -> Answered:
        before = after[0] if after else None
        found, rest = await happenings.find(tx, call.account.id, shown, before, call.asked.limit)
        items = [_event(call, event, names) for _, event, names in found]
        return Answered(EventList(items=items, next=paging.cursor((rest,)) if rest is not None else None))

    return await call.site.store.read(work)


async def use(call: Call) -> Answered | Problem:
    """GET .../use."""
    span = call.searched(UseSearch).span

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found = await counted.find(tx, one, span, call.now)
        clients = [
            OfClient(client_id=client_id, client_name=found.names.get(client_id), counts=_counts(sum_))
            for client_id, sum_ in found.clients
        ]
        return Answered(
            UseShown(
                since=found.since,
                until=found.until,
                times=[Slot(at=at, counts=_counts(sum_)) for at, sum_ in found.slots],
                tools=[OfTool(tool=tool, counts=_counts(sum_)) for tool, sum_ in found.tools],
                clients=clients,
                quota=_quota(call, found.plan, found.usage),
            )
        )

    return await call.site.store.read(work)


async def quota(call: Call) -> Answered | Problem:
    """GET /api/v1/account/quota."""

    async def work(tx: Transaction) -> Answered:
        usage = await tx.find_usage(call.account.id) or Usage()
        return Answered(_quota(call, call.account.plan, usage))

    return await call.site.store.read(work)


def _quota(call: Call, plan_name: str | None, usage: Usage) -> Quota:
    plans = call.site.plans
    plan: Plan = plans.get(plan_name, plans[None])
    windows = [WindowLeft.model_validate(one._asdict()) for one in left(plan, usage, call.now)]
    return Quota(plan=plan.name, windows=windows)


def _sought(asked: Search, *, tool: str | None = None, status: int | None = None, failed: bool = False) -> Sought:
    return Sought(asked.since or 0, asked.until, asked.client_id, tool, status, failed)


def _mark(call: Call) -> Mark | Problem | None:
    numbers = call.asked.numbers(len(Mark._fields))
    return numbers if numbers is None or isinstance(numbers, Problem) else Mark(*numbers)


def _call(logged: Logged, names: Names) -> CallShown:
    facts = lines.told(logged, names, operates=False)
    return CallShown.model_validate({name: facts.get(name) for name in CallShown.model_fields})


def _event(call: Call, event: Event, names: Names) -> EventShown:
    reader_id = call.account.id
    facts = lines.told(event, names, operates=call.account.operator)
    facts.setdefault("network", happenings.network(event, reader_id))
    told = {name: facts.get(name) or None for name in EventShown.model_fields}
    words = "".join(piece.text for piece in event_words.sentence(event, names, reader_id))
    more = {"words": words, "suspicious": event.suspicious, "next_step": event_words.next_step(event, reader_id)}
    return EventShown.model_validate(told | more)


def _counts(sum_: Sum) -> Counts:
    half, most = sum_.within_ms(HALF), sum_.within_ms(MOST)
    return Counts(calls=sum_.calls, errors=sum_.errors, half_within_ms=half, most_within_ms=most)
