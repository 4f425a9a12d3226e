"""One timer for all calls under way: making and cancelling one for each costs more than all of its rules."""

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)


class Lasting(Protocol):
    """A call."""

    def look(self, now: float) -> None:
        """It is looked after: `now` is the event loop's time."""


class Rounds:
    """Goes round those that are there every `seconds`; a call that is over before costs a dictionary's entry."""

    __slots__ = ("_lasting", "_seconds", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lasting: dict[Lasting, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, one: Lasting) -> None:
        self._lasting[one] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._go)

    def remove(self, one: Lasting) -> None:
        self._lasting.pop(one, None)

    def _go(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for one in list(self._lasting):
            try:
                one.look(now)
            except Exception:  # the others are looked after all the same
                log.exception("a call that lasts could not be looked after")
        if self._lasting:
            self._timer = loop.call_later(self._seconds, self._go)
