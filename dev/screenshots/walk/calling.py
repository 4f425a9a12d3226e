"""A day of calls and of events, written where the gateway writes them, so that each walk tells the same day."""

from dataclasses import replace

from dev.screenshots.walk.visitor import Walk

from consentry import tallies
from consentry.audit import Event
from consentry.calls import Call
from consentry.limits.quota import Usage, month_of
from consentry.store.sql import Transaction

HOUR = 3600
TOOLS = ("list_reminders", "list_reminders", "add_reminder", "list_reminders", "complete_reminder", "plan_week")


async def call_all_day(walk: Walk) -> None:
    """By every client that has a connection to Reminders."""

    async def work(tx: Transaction) -> None:
        grants = await tx.list_grants(deployment_id="d_1")
        clients = [grant.client_id for grant in grants if grant.client_id]
        calls = [_call(number, clients[number % 3 % len(clients)], walk.here.clock()) for number in range(240)]
        await tx.add_calls(calls)
        await tx.add_counts(tallies.counts(calls))
        for call in reversed(calls):
            await tx.db.run("UPDATE grants SET last_used_at = $1 WHERE client_id = $2", call.at, call.client_id)
        await tx.set_plan("account_1", "pro")
        await tx.hold_usage("account_1")
        minute = calls[0].at - calls[0].at % 60
        await tx.keep_usage("account_1", Usage(month_of(minute), 1874, ((minute, 12),)))

    await walk.here.installation.store.write(work)


def _call(number: int, client_id: str, now: int) -> Call:
    """Close together by day and far apart by night; now and then one that fails, and one that takes long."""
    night = 9 * HOUR if number > 140 else 0
    tool = TOOLS[number % len(TOOLS)]
    status = 403 if number % 29 == 7 else 502 if number % 61 == 30 else 200
    took = 90 + number * 211 % 900 if tool == "plan_week" else 8 + number * 37 % 90
    size = 140 + number * 11 % 60, 420 + number * 173 % 3900
    at = now - 40 - number * 190 - night - number % 7 * 20
    request_id = f"req_{number * 7_919_431 + 811_589_153_317:024x}"
    return Call(at, request_id, "d_1", "account_1", client_id, "tools/call", tool, status, took, *size)


async def be_suspicious(walk: Walk) -> None:
    """What an attacker, and a stolen token, leave behind."""
    now = walk.here.clock()
    walk.here.clock.now += HOUR
    events = (
        Event("account:login:throttled", now + HOUR // 4, "198.51.100.23", "account_1"),
        Event("grant:token:reused", now + HOUR // 2, "198.51.100.23", "account_1", deployment_id="d_1"),
        Event("account:login:failed", now + HOUR, "192.0.2.7", "account_1"),
    )

    async def work(tx: Transaction) -> None:
        clients = [grant.client_id for grant in await tx.list_grants(deployment_id="d_1")]
        for event in events:
            await tx.add_event(replace(event, client_id=clients[0]) if event.deployment_id else event)

    await walk.here.installation.store.write(work)
