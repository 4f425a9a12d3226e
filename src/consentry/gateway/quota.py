"""The plan of a deployment's owner: tool calls beyond it are 429, with the time to wait (RFC 6585 §4, ADR 26)."""

from collections.abc import Awaitable, Mapping

from consentry.audit import Event
from consentry.gateway.model import Decision, Forward, Headers, Request, Stop
from consentry.limits.leases import Leases
from consentry.limits.quota import Exhausted, Plan, Standing
from consentry.spec.jsonrpc import RATE_LIMITED

# Up to how many seconds a wait is told in which unit.
_UNITS = ((120, 1, "second"), (7200, 60, "minute"), (172_800, 3600, "hour"))


class Quota:
    """The last policy of all: what another refuses is not counted."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    def settles(self, request: Request, forward: Forward) -> bool:
        return request.method != "POST"

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return False

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        target = forward.target
        calls = forward.asked.calls if forward.asked is not None else 0
        if not target.plan.limited:
            if calls:
                self._leases.count(target.owner_id, calls)
            return forward
        if request.method != "POST":
            return forward
        taken = self._leases.take(target.owner_id, target.plan, calls, now)
        return self._ask(forward, calls, now) if taken is None else _decision(forward, calls, taken, now)

    async def _ask(self, forward: Forward, calls: int, now: int) -> Decision:
        target = forward.target
        event = Event(
            "limits:plan:exhausted",
            now,
            account_id=target.owner_id,
            client_id=forward.access.client_id,
            deployment_id=target.deployment_id,
        )
        return _decision(forward, calls, await self._leases.ask(target.owner_id, target.plan, calls, event), now)


def wait(seconds: int) -> str:
    """In words, rounded up."""
    unit, name = next(((unit, name) for most, unit, name in _UNITS if seconds <= most), (86_400, "day"))
    number = -(-seconds // unit)
    return f"{number} {name}{'' if number == 1 else 's'}"


def _decision(forward: Forward, calls: int, taken: Standing | Exhausted, now: int) -> Decision:
    if isinstance(taken, Standing):
        return forward.telling(_standing(taken.limit, taken.remaining, taken.resets_at))
    match taken:
        case Exhausted(limit=limit, remaining=remaining, resets_at=int(resets_at)):
            seconds = max(resets_at - now, 1)
            headers = (("Retry-After", str(seconds)), *_texts(_standing(limit, remaining, resets_at)))
            data = {"window": taken.window, "limit": limit, "remaining": remaining, "retry_after": seconds}
            return _stop(_used_up(forward.target.plan, taken, calls, seconds), headers, data)
        case Exhausted(window=window, limit=limit):
            return _stop(_too_many(forward.target.plan, taken, calls), (), {"window": window, "limit": limit})


def _stop(message: str, headers: tuple[tuple[str, str], ...], data: Mapping[str, str | int]) -> Stop:
    return Stop(429, message, headers, RATE_LIMITED, data=data)


def _used_up(plan: Plan, found: Exhausted, calls: int, seconds: int) -> str:
    """For the model to read: most clients show it this, and no header."""
    left = "and they are used up" if not found.remaining else f"{found.remaining} are left, and this asks for {calls}"
    return (
        f"The plan of this MCP server's owner ({plan.name}) allows {found.limit} tool calls {_per(found)}, {left}: "
        f"try again in {wait(seconds)}. Calling sooner does not help; what is no tool call still works."
    )


def _too_many(plan: Plan, found: Exhausted, calls: int) -> str:
    return (
        f"This batch asks for {calls} tool calls, and the plan of this MCP server's owner ({plan.name}) allows "
        f"{found.limit} {_per(found)}: send fewer at once."
    )


def _per(found: Exhausted) -> str:
    return {"hour": "an hour", "month": "a calendar month"}[found.window]


def _standing(limit: int, remaining: int, resets_at: int) -> Headers:
    return (
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % resets_at),
    )


def _texts(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), value.decode()) for name, value in headers)
