"""The log of calls on its way to the store: in batches, bounded, and nobody waits for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from consentry import journal
from consentry.calls import Call
from consentry.formats import Bearer
from consentry.gateway.model import Asked, Finished, Forward, Request
from consentry.journal import Journal
from consentry.store import Store, Transaction
from consentry.store.driver import StoreError
from tests.builders import NOW
from tests.gateway.remembered import access, new_token, target
from tests.stores import BOTH, opened

pytestmark = pytest.mark.anyio

BOUND_SECONDS = 60


class Watched:
    """A store that tells of every write, and fails as often as it was told, in that way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes = 0
        self.written = anyio.Event()
        self.failing: list[Exception] = []
        self.begun = anyio.Event()
        self.go_on = anyio.Event()
        self.go_on.set()

    async def write(self, work: Callable[[Transaction], Awaitable[Any]], *, quiet: Callable[[Any], bool]) -> Any:
        assert quiet(None)
        if self.failing:
            raise self.failing.pop()
        self.begun.set()
        await self.go_on.wait()
        outcome = await self._store.write(work, quiet=quiet)
        self.writes += 1
        self.written.set()
        return outcome


@pytest.fixture(params=BOTH)
async def store(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    async with opened(request, tmp_path) as found:
        yield found


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


@pytest.fixture
def kept(watched: Watched) -> Journal:
    return Journal(watched, lambda: NOW)  # type: ignore[arg-type]


def finished(number: int = 1, *, forward: bool = True) -> Finished:
    token: Bearer = new_token()
    request = Request("POST", "notes", b"", (), token)
    let_in = Forward(target(), access(), asked=Asked("tools/call", f"tool {number}", 1))
    return Finished(request, f"req_{number}", let_in if forward else None, 200, True, 0.0126, 10, 20)


async def logged(store: Store) -> list[Call]:
    return [call for _, call, _ in await store.read(lambda tx: tx.list_calls(None, 1000))]


async def test_calls_of_one_moment_are_one_write(kept: Journal, watched: Watched, store: Store) -> None:
    for number in range(50):
        kept.finished(finished(number))
    with anyio.fail_after(BOUND_SECONDS):
        await watched.written.wait()
    calls = await logged(store)
    assert watched.writes == 1
    assert [call.request_id for call in calls] == [f"req_{number}" for number in range(50)]
    assert calls[7] == Call(NOW, "req_7", "dep_notes", "acc_1", "cl_1", "tools/call", "tool 7", 200, 13, 10, 20)
    await kept.aclose()


async def test_a_killed_process_loses_a_quarter_of_a_second_at_most() -> None:
    assert journal.BATCH_SECONDS < 0.25


async def test_names_of_another_issuer_are_made_such_as_every_database_takes(kept: Journal, store: Store) -> None:
    call = finished()
    assert call.forward is not None
    stranger = replace(call.forward.access, account_id="theirs|a\x00b", client_id="\ud800", foreign=True)
    kept.finished(replace(call, forward=replace(call.forward, access=stranger)))
    await kept.aclose()
    (logged_call,) = await logged(store)
    assert (logged_call.account_id, logged_call.client_id) == ("theirs|a\\x00b", "\\ud800")


async def test_closing_writes_what_there_is(kept: Journal, store: Store) -> None:
    kept.finished(finished())
    await kept.aclose()
    assert len(await logged(store)) == 1


async def test_calls_that_end_while_others_are_written_are_written_once(
    kept: Journal, watched: Watched, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BATCH_SECONDS", 0)
    watched.go_on = anyio.Event()
    kept.finished(finished(1))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(kept.aclose)
        for number in (2, 3, 4):
            with anyio.fail_after(BOUND_SECONDS):
                await watched.begun.wait()
            await anyio.wait_all_tasks_blocked()
            kept.finished(finished(number))
        watched.go_on.set()
    await kept.aclose()
    assert [call.request_id for call in await logged(store)] == ["req_1", "req_2", "req_3", "req_4"]


async def test_a_busy_log_is_not_a_commit_a_moment(
    kept: Journal, watched: Watched, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.go_on = anyio.Event()
    kept.finished(finished(1))
    monkeypatch.setattr(journal, "BATCH_SECONDS", 3600)  # of the next: however long we take, it is not due
    with anyio.fail_after(BOUND_SECONDS):
        await watched.begun.wait()
        kept.finished(finished(2))
        watched.go_on.set()
        await watched.written.wait()
    await anyio.wait_all_tasks_blocked()
    assert watched.writes == 1
    await kept.aclose()
    assert (watched.writes, len(await logged(store))) == (2, 2)


async def test_who_was_not_let_in_fills_no_log(kept: Journal, watched: Watched, store: Store) -> None:
    kept.finished(finished(forward=False))
    await kept.aclose()
    assert (watched.writes, await logged(store)) == (0, [])


async def test_a_long_queue_is_written_in_pieces(
    kept: Journal, watched: Watched, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_AT_ONCE", 20)
    for number in range(50):
        kept.finished(finished(number))
    await kept.aclose()
    assert watched.writes == 3
    assert [call.request_id for call in await logged(store)] == [f"req_{number}" for number in range(50)]


async def test_what_there_is_no_room_for_is_counted_and_told(
    kept: Journal, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    for number in range(10):
        kept.finished(finished(number))
    await kept.aclose()
    assert len(await logged(store)) == 3
    told = capsys.readouterr()
    assert "calls are missing in the log" in told.out + told.err
    assert "7" in told.out + told.err


async def test_while_the_database_is_away_calls_wait(
    kept: Journal, watched: Watched, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "AGAIN_SECONDS", 0)
    watched.failing = [StoreError("It is away.")] * 3
    kept.finished(finished(1))
    kept.finished(finished(2))
    with anyio.fail_after(BOUND_SECONDS):
        await watched.written.wait()
    assert len(await logged(store)) == 2
    await kept.aclose()


async def test_a_batch_that_cannot_be_written_at_all_does_not_hold_up_the_next(
    kept: Journal, watched: Watched, store: Store
) -> None:
    watched.failing = [ValueError("a bug")]
    kept.finished(finished(1))
    await kept.aclose()
    kept.finished(finished(2))
    await kept.aclose()
    assert [call.request_id for call in await logged(store)] == ["req_2"]
