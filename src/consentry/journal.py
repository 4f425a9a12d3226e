"""The log of calls, written in batches beside them: here the gateway and the store are both known (ADR 27)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from consentry import metrics, tallies
from consentry.calls import Call
from consentry.gateway.asked import printable
from consentry.gateway.model import Finished, Forward
from consentry.limits.leases import Clock
from consentry.spec.errors import AwayError
from consentry.store import Store, Transaction, quiet

log = structlog.get_logger(__name__)

# What a process that is killed takes along: so much, and what the commit takes.
BATCH_SECONDS = 0.2
AGAIN_SECONDS = 1.0
MOST_AT_ONCE = 500
MOST_WAITING = 20_000


@dataclass(slots=True)
class Journal:
    """An observer. What there is no room for is counted, and told of."""

    store: Store
    clock: Clock
    _waiting: list[Call] = field(default_factory=list)
    _dropped: int = 0
    _timer: asyncio.TimerHandle | None = None
    _writing: asyncio.Task[None] | None = None

    def finished(self, call: Finished) -> None:
        """Only of what was let in: strangers' requests are counted, and fill nobody's disk."""
        forward = call.forward
        if forward is None:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._drop(1)
            return
        self._waiting.append(_entry(call, forward, self.clock()))
        if self._timer is None:
            self._wait(BATCH_SECONDS)

    async def aclose(self) -> None:
        """Writes what there is."""
        for _ in range(2):  # what is being written, and what came meanwhile
            self._begin()
            if self._writing is not None:
                await self._writing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            log.error("calls are missing in the log: the database is away", calls=len(self._waiting))

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        """One at a time: two would write the same batch."""
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """What waits by now. What comes meanwhile is the next batch: in a commit each, calls would cost three times as
        much. Where the database is away, what there is room for waits on."""
        seconds, due = BATCH_SECONDS, len(self._waiting)
        while due > 0:
            batch = self._waiting[: min(due, MOST_AT_ONCE)]
            try:
                await self.store.write(_adding(batch), quiet=quiet)
            except AwayError as error:
                log.warning("the log of calls waits for the database", calls=len(self._waiting), reason=str(error))
                seconds = AGAIN_SECONDS
                break
            except Exception:
                log.exception("calls could not be written to the log")
                self._drop(len(batch))
            del self._waiting[: len(batch)]
            due -= len(batch)
        if self._dropped and not self._waiting:
            log.warning("calls are missing in the log", calls=self._dropped)
            self._dropped = 0
        if self._timer is not None:
            self._timer.cancel()
        self._writing = self._timer = None
        if self._waiting:
            self._wait(seconds)

    def _drop(self, calls: int) -> None:
        self._dropped += calls
        metrics.calls_unlogged(calls)


def _entry(call: Finished, forward: Forward, now: int) -> Call:
    asked, access = forward.asked, forward.access
    account_id, client_id = access.account_id, access.client_id
    if access.foreign:  # another issuer's words
        account_id, client_id = printable(account_id), printable(client_id)
    return Call(
        now,
        call.request_id,
        forward.target.deployment_id,
        account_id,
        client_id,
        (asked.method if asked is not None else "") or call.request.method,
        asked.tool if asked is not None else "",
        call.status,
        round(call.seconds * 1000),
        call.bytes_in,
        call.bytes_out,
    )


def _adding(batch: list[Call]) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        await tx.add_calls(batch)
        await tx.add_counts(tallies.counts(batch))

    return work
