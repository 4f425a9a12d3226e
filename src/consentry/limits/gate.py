"""Counting at the door: who has done it too often, is told when to come back, and is told of once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from consentry.audit import Event
from consentry.limits.model import Counters, too_many
from consentry.limits.policy import Limit, Limits
from consentry.spec.errors import Refusal
from consentry.tokens import Digest

Tell = Callable[[Event], Awaitable[None]]

MOST_REMEMBERED = 10_000
# A device asks again and again by the standard (RFC 8628 §3.5), and has bounds of its own.
NO_FAILURE = frozenset({"authorization_pending", "slow_down", "access_denied", "expired_token"})


class Gate:
    """Counts what the limits name; without limits everybody passes.

    `_full` are windows that are known to be full until their end, which never moves: it spares a flood its writes.
    """

    def __init__(self, limits: Limits | None, counters: Counters, tell: Tell) -> None:
        self._limits = limits
        self._counters = counters
        self._tell = tell
        self._full: dict[Digest, int] = {}

    async def register(self, network: str | None, now: int) -> Refusal | None:
        """Whether a stranger may register just now."""
        limits = self._at(network)
        return await self._pass(limits.registering(network), network, now) if limits else None

    async def ask(self, network: str | None, now: int) -> Refusal | None:
        """Whether one that has proven nothing may begin something: as an authorization request that is loaded once."""
        limits = self._at(network)
        return await self._pass(limits.asking(network, None), network, now) if limits else None

    async def authorize(self, network: str | None, account_id: str | None, query: str, now: int) -> Refusal | None:
        """Whether an authorization request may be looked at; one that was let in before counts once."""
        limits = self._at(network)
        if limits is None:
            return None
        asking = limits.asking(network, account_id)
        loading = limits.loading(asking, query)
        if await self._counters.times(loading.key, now) == 0:
            refusal = await self._pass(asking, network, now)
            if refusal is not None:
                return refusal
        return await self._pass(loading, network, now)

    async def write(self, network: str | None, address: str, now: int) -> Refusal | None:
        """Whether a stranger may have mail sent to an address."""
        limits = self._at(network)
        if limits is None:
            return None
        for limit in limits.writing(network, address):
            refusal = await self._pass(limit, network, now)
            if refusal is not None:
                return refusal
        return None

    async def act(self, network: str | None, client_id: str, now: int) -> Refusal | None:
        """Whether a client that has proven who it is may take another token for itself."""
        limits = self._at(network)
        return await self._pass(limits.acting(client_id), network, now) if limits else None

    async def manage(self, network: str | None, account_id: str, now: int) -> Refusal | None:
        """Whether an account may ask the management API for something more."""
        limits = self._at(network)
        return await self._pass(limits.managing(account_id), network, now) if limits else None

    async def stray(self, network: str | None, now: int) -> Refusal | None:
        """Whether somebody may come to the management API once more with a token that opens nothing."""
        limits = self._at(network)
        return await self._pass(limits.straying(network), network, now) if limits else None

    async def failed(self, refusal: Refusal, network: str | None, client_id: str, now: int, *, holds: bool) -> Refusal:
        """What a token request that failed is told: its own error, or that it fails too often.

        `holds`: it showed something that was this client's. Then only its network's failures in all are counted.
        """
        limits = self._at(network)
        if limits is None or refusal.error in NO_FAILURE:
            return refusal
        if refusal.reason.startswith("limit:"):  # counted and told already
            return refusal
        if refusal.retry_after is not None:
            await self._tell_of_pace(limits.rotating(client_id), network, client_id, now + refusal.retry_after, now)
            return refusal
        at_all = limits.failing_at_all(network)
        # Where the network's own window is full, names that nobody has are no rows any more.
        own = () if holds or self._full.get(at_all.key, 0) > now else (limits.failing(network, client_id),)
        for limit in (*own, at_all):
            too_often = await self._pass(limit, network, now)
            if too_often is not None:
                return too_often
        return refusal

    async def _tell_of_pace(self, limit: Limit, network: str | None, client_id: str, ends_at: int, now: int) -> None:
        """A grant's own window is counted along its chain, which a refusal leaves alone: told once by each process."""
        if self._full.get(limit.key, 0) <= now:
            self._remember(limit.key, ends_at, now)
            await self._tell(replace(_event(limit, network, now), client_id=client_id))

    def _at(self, network: str | None) -> Limits | None:
        return self._limits if self._limits is not None and self._limits.counted(network) else None

    async def _pass(self, limit: Limit, network: str | None, now: int) -> Refusal | None:
        ends_at = self._full.get(limit.key, 0)
        if ends_at <= now:
            window = await self._counters.count(limit.key, limit.rate.seconds, now)
            if window.times <= limit.rate.most:
                return None
            ends_at = window.ends_at
            self._remember(limit.key, ends_at, now)
            if window.times == limit.rate.most + 1:
                await self._tell(_event(limit, network, now))
        return too_many(limit.words, f"limit:{limit.about}", max(ends_at - now, 1))

    def _remember(self, key: Digest, ends_at: int, now: int) -> None:
        if len(self._full) >= MOST_REMEMBERED:
            self._full = {key: end for key, end in self._full.items() if end > now}
            if len(self._full) >= MOST_REMEMBERED:
                self._full.clear()
        self._full[key] = ends_at


def _event(limit: Limit, network: str | None, now: int) -> Event:
    rate: dict[str, str | int] = {"most": limit.rate.most, "seconds": limit.rate.seconds}
    return Event("limits:rate:exceeded", now, network=network, reason=limit.about, detail=rate)
