"""The keys of clients that sign: by value, or fetched from their `jwks_uri` and kept for a while in each process."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from consentry.clients.model import Client
from consentry.spec import jose
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks
from consentry.spec.retrieval import Bounds, Fetch, Unfetched

log = structlog.get_logger(__name__)

BOUNDS = Bounds(most_bytes=32_768, seconds=5.0, accept="application/jwk-set+json, application/json")
# A key that its owner took away works no longer than this; one that is unknown is looked for this often at most, for
# each client, so that nobody makes us ask one address again and again.
KEPT_SECONDS = 600
ASK_AGAIN_SECONDS = 60
# How long a set that was had once still stands in while its address fails.
STAND_IN_SECONDS = 6 * 3600
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an address answered last, when that was, and when it was last asked."""

    asked_at: int
    keys: Jwks | None = None
    had_at: int = 0
    sentence: str = ""


@dataclass(slots=True)
class ClientKeys:
    """Finds the keys of clients. What is kept is for sparing fetches: another replica fetches for itself."""

    fetch: Fetch
    clock: Callable[[], int]
    _kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)
    _under_way: dict[tuple[str, str], asyncio.Task[_Kept]] = field(default_factory=dict)

    async def find_keys(self, client: Client, kid: str | None) -> Jwks | Refusal:
        """The keys that the client may sign with, fetched anew where the one it names is not among them."""
        if client.jwks is not None:
            return client.jwks
        if client.jwks_uri is None:
            return _refusal("This client has no keys here: register again, with jwks or jwks_uri.", "absent")
        return await self.fetched(client.id, client.jwks_uri, kid)

    async def fetched(self, owner: str, uri: str, kid: str | None) -> Jwks | Refusal:
        """The keys at that address, for one party: whoever shares an address with others waits for nobody's."""
        place, now = (owner, uri), self.clock()
        kept = self._kept.get(place)
        if kept is None or self._stale(kept, kid, now):
            kept = await self._ask_once(place)
        if kept.keys is None or now >= kept.had_at + STAND_IN_SECONDS:
            return _refusal(f"The keys at the client's jwks_uri cannot be had: {kept.sentence}", "unfetched")
        return kept.keys

    def _stale(self, kept: _Kept, kid: str | None, now: int) -> bool:
        wanting = kept.keys is None or now >= kept.had_at + KEPT_SECONDS or not jose.knows(kept.keys, kid)
        return wanting and now >= kept.asked_at + ASK_AGAIN_SECONDS

    async def _ask_once(self, place: tuple[str, str]) -> _Kept:
        """Of requests that want one set at once, one asks; it goes on though the one who came first leaves."""
        task = self._under_way.get(place)
        if task is None:
            task = asyncio.create_task(self._ask(place))
            self._under_way[place] = task
            task.add_done_callback(lambda _: self._under_way.pop(place, None))
        return await asyncio.shield(task)

    async def _ask(self, place: tuple[str, str]) -> _Kept:
        client_id, uri = place
        fetched = await self.fetch(uri, BOUNDS)
        now = self.clock()
        keys = fetched.sentence if isinstance(fetched, Unfetched) else _read(fetched.body)
        if isinstance(keys, str):
            log.warning("a client's keys cannot be had", client_id=client_id, jwks_uri=uri, reason=keys)
            before = self._kept.get(place)
            known = _Kept(now, before.keys if before else None, before.had_at if before else 0, keys)
        else:
            known = _Kept(now, keys, now)
        if len(self._kept) >= MOST_KEPT:
            del self._kept[min(self._kept, key=lambda one: self._kept[one].asked_at)]
        self._kept[place] = known
        return known


def _read(body: bytes) -> Jwks | str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "What stands there is not JSON."
    keys = jose.public_keys(document)
    return f"What stands there {keys}." if isinstance(keys, str) else keys


def _refusal(description: str, reason: str) -> Refusal:
    return Refusal("invalid_client", description, f"client:keys:{reason}")
