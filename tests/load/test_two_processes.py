"""Two workers and a command line on one SQLite file: nothing is lost, and nobody's event loop stands still."""

import json
import socket
from contextlib import AsyncExitStack
from statistics import quantiles

import pytest

from tests.load import laws
from tests.load.callers import connecting, crowd
from tests.load.conftest import Tell
from tests.load.ground import Ground
from tests.load.worker import ready

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 8
ANSWERS = 2000
WRITES = 100
STALL_MS = 20.0


async def always_up() -> None:
    """These servers are not killed."""


async def test_two_workers_and_a_command_line_write_and_nothing_is_lost_and_no_loop_stalls(
    sqlite_ground: Ground, tell: Tell
) -> None:
    ground = sqlite_ground
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", ground.port)))
        fd = listener.fileno()
        servers = [
            await stack.enter_async_context(
                ready("tests.load.probed", str(fd), environment=ground.environment, fds=(fd,))
            )
            for _ in range(2)
        ]
        database = str(ground.installation.settings.database_path)
        writer = await stack.enter_async_context(ready("tests.load.writer", database))
        http = await stack.enter_async_context(connecting(ground))
        clients = await crowd(ground, http, CLIENTS, always_up)
        async with clients.at_work():
            await clients.everyone_goes_on()
            for worker in (*servers, writer):
                await worker.say("go")
            await clients.more_answers(ANSWERS)
            for worker in (*servers, writer):
                await worker.say("enough")
            written = int(await writer.told())
            delays = [delay for server in servers for delay in json.loads(await server.told())]
        assert clients.refused == []
    assert await ground.count("SELECT COUNT(*) FROM clients WHERE id LIKE 'written_%'") == written
    assert written >= WRITES
    await laws.one_live_end_each(ground)
    await laws.live_ends_are_held(ground, clients.callers)
    tell(
        f"2 workers and a command line on one SQLite file: {clients.answers} refreshes and {written} clients written, "
        f"0 lost; the loop's delay, {len(delays)} samples: {in_words([all_of_it for all_of_it, _ in delays])}; "
        f"without what other processes took of the processors: {in_words([own for _, own in delays])}"
    )
    assert percentile([own for _, own in delays], 99) <= STALL_MS


def percentile(micros: list[int], which: int) -> float:
    """In milliseconds."""
    return quantiles(micros, n=100)[which - 1] / 1000


def in_words(micros: list[int]) -> str:
    return f"p50 {percentile(micros, 50):.1f} ms, p99 {percentile(micros, 99):.1f} ms, max {max(micros) / 1000:.1f} ms"
