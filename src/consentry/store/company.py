"""How many share a commit: those that were answered together tend to come again together, and are waited for."""

import asyncio

# What a disk takes to sync is most of a small transaction's time, so those that wait share it; no more of them than
# the event loop can stand still for.
MOST_TOGETHER = 32
# No longer than a sync takes on a good disk.
MOMENT_SECONDS = 0.001
# Groups that take turns would each stay as small as it is; so now and then there is hope for another of the same size.
HOPING_EVERY = 8


class Company:
    """`expected` is how many came together the last time; one who is alone is never made to wait."""

    def __init__(self, moment: float = MOMENT_SECONDS) -> None:
        self._moment = moment
        self._expected = 1
        self._commits = 0
        self._whole: asyncio.Future[None] | None = None

    def came(self, waiting: int) -> None:
        """Told whenever another one waits."""
        if self._whole is not None and waiting >= self._expected:
            self._end()

    def left(self, together: int, waiting: int) -> None:
        """Told of every commit: how many shared it, and how many wait already for the next."""
        self._commits += 1
        found = together + waiting
        hoped = found * 2 if found > 1 and self._commits % HOPING_EVERY == 0 else found
        self._expected = min(hoped, MOST_TOGETHER)

    async def gather(self, waiting: int) -> None:
        """Until all that are expected wait, or a moment is over."""
        if waiting >= self._expected:
            return
        loop = asyncio.get_running_loop()
        self._whole = loop.create_future()
        timer = loop.call_later(self._moment, self._end)
        try:
            await self._whole
        finally:
            timer.cancel()
            self._whole = None

    def _end(self) -> None:
        if self._whole is not None and not self._whole.done():
            self._whole.set_result(None)
