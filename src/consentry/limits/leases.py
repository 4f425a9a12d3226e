"""Calls counted without asking the store for each: a process holds leases, and tells of the rest together (ADR 26)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from consentry.audit import Event
from consentry.limits.quota import MINUTE_SECONDS, Exhausted, Lease, Plan, Standing

log = logging.getLogger(__name__)

# Whoever was refused is looked up again after so long: others may have given calls back.
BELIEVED_SECONDS = 5
# A lease of a minute that is over goes back with the account's next one, or by itself after so long.
KEPT_SECONDS = 5
MOST_GIVEN_BACK = 200


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Calls that were leased in that minute and never made."""

    account_id: str
    minute: int
    calls: int


class Ledger(Protocol):
    """What all processes count in together."""

    async def lease(
        self, account_id: str, plan: Plan, wanted: int, back: GivenBack | None, now: int
    ) -> Lease | Exhausted:
        """Of all that lease side by side, in whatever process, none gets what another has."""
        ...

    async def give_back(self, backs: Sequence[GivenBack]) -> None: ...

    async def count(self, calls: Mapping[str, int], now: int) -> None:
        """Calls by account that were made, whatever their plans."""
        ...


Tell = Callable[[Event], Awaitable[None]]
Clock = Callable[[], int]


@dataclass(slots=True)
class _Held:
    """`calls` of the lease that are not made yet; or why there was none."""

    plan: Plan
    found: Lease | Exhausted
    calls: int
    wanted: int
    good_until: int

    def refused(self, found: Exhausted, wanted: int) -> Standing | Exhausted | None:
        """What an exhausted plan says to others than the one who found it so."""
        if wanted == self.wanted or (wanted > self.wanted and self.plan.holds(wanted)):
            return found
        if wanted:
            return None
        return Standing(found.window, found.limit, found.remaining, found.resets_at or self.good_until)


class Leases:
    """What this process may still let through, by account, and what it let through without having to ask."""

    def __init__(self, ledger: Ledger, tell: Tell, clock: Clock) -> None:
        self._ledger = ledger
        self._tell = tell
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._asking: dict[str, asyncio.Task[Lease | Exhausted]] = {}
        self._counted: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def count(self, account_id: str, calls: int) -> None:
        """Calls that nothing limits."""
        self._counted[account_id] = self._counted.get(account_id, 0) + calls

    def take(self, account_id: str, plan: Plan, wanted: int, now: int) -> Standing | Exhausted | None:
        """So many calls of what is held, or why there are none; None where it has to be asked for.

        None wanted is a question how things stand.
        """
        held = self._held.get(account_id)
        if held is None or held.good_until <= now or (held.plan is not plan and held.plan != plan):
            return None
        if isinstance(held.found, Exhausted):
            return held.refused(held.found, wanted)
        if held.calls < wanted:
            return None
        held.calls -= wanted
        window, limit, remaining, resets_at = held.found.standing
        return Standing(window, limit, remaining + held.calls, resets_at)

    async def ask(self, account_id: str, plan: Plan, wanted: int, event: Event) -> Standing | Exhausted:
        """The same, with as much asking as it takes. Those who want at once share what one of them gets.

        `event` is told where the plan is exhausted.
        """
        while True:
            # Anew each time: a lease that came when its minute was over is none.
            taken = self.take(account_id, plan, wanted, self._clock())
            if taken is not None:
                return taken
            asking = self._asking.get(account_id)
            if asking is not None:
                await asyncio.shield(asking)
                continue
            # A task of its own: a client that leaves must not take the others' lease along.
            asking = self._asking[account_id] = asyncio.create_task(self._lease(account_id, plan, wanted, event))
            found = await asyncio.shield(asking)
            if isinstance(found, Exhausted):
                return found

    async def tend(self) -> None:
        """Gives back what was held too long, and tells what was counted."""
        now = self._clock()
        await self._give_back(
            [account_id for account_id, held in self._held.items() if held.good_until + KEPT_SECONDS <= now]
        )
        await self._tell_counted(now)

    async def aclose(self) -> None:
        """Gives everything back."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._give_back(list(self._held))
        await self._tell_counted(self._clock())

    async def _lease(self, account_id: str, plan: Plan, wanted: int, event: Event) -> Lease | Exhausted:
        now = self._clock()
        try:
            # What is given back is forgotten first: where nobody knows whether the store took it, it is lost, and not
            # given back twice.
            back = _back(account_id, self._held.pop(account_id, None))
            found = await self._ledger.lease(account_id, plan, wanted, back, now)
            match found:
                case Lease(minute, calls):
                    self._held[account_id] = _Held(plan, found, calls, wanted, minute + MINUTE_SECONDS)
                case Exhausted(resets_at=resets_at):
                    good_until = min(now + BELIEVED_SECONDS, resets_at or now + BELIEVED_SECONDS)
                    self._held[account_id] = _Held(plan, found, 0, wanted, good_until)
                    await self._tell_of(account_id, plan, found, event, now)
            return found
        finally:
            del self._asking[account_id]

    async def _tell_of(self, account_id: str, plan: Plan, found: Exhausted, event: Event, now: int) -> None:
        """Once until calls come back, as this process knows it."""
        if self._told.get(account_id, 0) > now:
            return
        self._told = {each: until for each, until in self._told.items() if until > now}
        self._told[account_id] = found.resets_at or now + MINUTE_SECONDS
        detail: dict[str, str | int] = {"plan": plan.name, "limit": found.limit}
        await self._tell(replace(event, reason=found.window, detail=detail))

    async def _give_back(self, account_ids: Sequence[str]) -> None:
        backs = [_back(account_id, self._held.pop(account_id)) for account_id in account_ids]
        unused = sorted((back for back in backs if back is not None), key=lambda back: back.account_id)
        for first in range(0, len(unused), MOST_GIVEN_BACK):
            try:
                await self._ledger.give_back(unused[first : first + MOST_GIVEN_BACK])
            except Exception:
                log.exception("calls that were leased and not made are lost to their accounts")

    async def _tell_counted(self, now: int) -> None:
        if not self._counted:
            return
        counted, self._counted = self._counted, {}
        try:
            await self._ledger.count(counted, now)
        except Exception:
            log.exception("calls of plans without a limit are not counted yet")
            for account_id, calls in counted.items():
                self.count(account_id, calls)


def _back(account_id: str, held: _Held | None) -> GivenBack | None:
    if held is None or not held.calls or isinstance(held.found, Exhausted):
        return None
    return GivenBack(account_id, held.found.minute, held.calls)
