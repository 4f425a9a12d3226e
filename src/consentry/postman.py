"""Carries letters from where they wait to the mail server: after the commit, a bounded number of times."""

from collections.abc import Callable

import anyio
import structlog

from consentry.accounts import letters
from consentry.accounts.letters import Waiting
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event
from consentry.herald import Herald
from consentry.mail import MailError, Transport
from consentry.mail.render import render
from consentry.store import Store, Transaction

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 10
BATCH = 20
# After a try that failed; the last stands for all that follow. A try that nobody came back from counts as one.
PAUSES_SECONDS = (60, 120, 300, 900, 3600)
MOST_TRIES = 12


class Postman:
    """One in each process. A letter is claimed before it is tried, so that two postmen do not carry it at once; one
    that was sent in the moment before a crash is sent once more."""

    def __init__(self, store: Store, terms: AccountTerms, transport: Transport, clock: Callable[[], int]) -> None:
        self._store = store
        self._sealer = terms.sealer
        self._transport = transport
        self._host = terms.addresses.host
        self._clock = clock
        self._herald = Herald(store, terms, clock)
        self._called = anyio.Event()

    def call(self) -> None:
        """A letter was just written: it need not wait until somebody looks."""
        self._called.set()

    async def run(self) -> None:
        """For as long as the server lives."""
        while True:
            try:
                while await self.deliver():
                    pass
            except Exception:
                log.exception("letters wait; they will be tried again", seconds=LOOK_EVERY_SECONDS)
            with anyio.move_on_after(LOOK_EVERY_SECONDS):
                await self._called.wait()
            self._called = anyio.Event()

    async def deliver(self) -> int:
        """Has letters written about what happened, and tries a batch of those that are due; how many it tried."""
        await self._herald.tell()

        async def due(tx: Transaction) -> list[Waiting]:
            return await tx.list_due_letters(self._clock(), BATCH)

        waiting = await self._store.read(due)
        for each in waiting:
            await self._carry(each)
        return len(waiting)

    async def _carry(self, waiting: Waiting) -> None:
        due_at = self._clock() + PAUSES_SECONDS[min(waiting.tries, len(PAUSES_SECONDS) - 1)]

        async def claim(tx: Transaction) -> bool:
            return await tx.claim_letter(waiting, due_at)

        if not await self._store.write(claim):
            return
        try:
            await self._send(waiting)
        except MailError as error:
            final = error.final or waiting.tries + 1 >= MOST_TRIES or due_at >= waiting.expires_at
            log.warning("a letter was not sent", kind=waiting.kind, reason=str(error), again=not final)
            if final:
                await self._finish(waiting, str(error))
        else:
            await self._finish(waiting)

    async def _send(self, waiting: Waiting) -> None:
        letter = letters.read(waiting, self._sealer)
        if letter is None:
            raise MailError("it was sealed under another key", final=True)
        if letter.to:
            await self._transport.send(render(letter, self._host))

    async def _finish(self, waiting: Waiting, failure: str | None = None) -> None:
        async def work(tx: Transaction) -> None:
            await tx.remove_letter(waiting.id)
            if failure is not None:
                detail: dict[str, str | int] = {"letter": waiting.kind, "tries": waiting.tries + 1}
                await tx.add_event(
                    Event(
                        "account:letter:failed",
                        self._clock(),
                        account_id=waiting.account_id,
                        reason=failure,
                        detail=detail,
                    )
                )

        await self._store.write(work)
