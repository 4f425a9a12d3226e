"""kill -9 of the server under calls: what the log of calls may lose (ADR 27)."""

import time

import anyio
import httpx2
import pytest

from tests.load.callers import BOUND_SECONDS, Caller, connecting
from tests.load.conftest import Tell
from tests.load.ground import Ground, name_of
from tests.load.served import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CALLERS = 4
CALLED_SECONDS = 2.0
LOST_SECONDS = 0.25
# What the commit may take besides, on a machine that has much else to do.
COMMIT_SECONDS = 1.0
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


class Answered:
    """When each call had its answer, by its request id."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.long_enough = anyio.Event()
        self._begun = time.monotonic()

    async def calls(self, caller: Caller) -> None:
        """Calls without a pause, until there is no server any more."""
        headers = {"Authorization": f"Bearer {caller.access_token}"}
        while True:
            try:
                answer = await caller.http.post("/mcp/reminders", json=PING, headers=headers)
            except httpx2.TransportError:
                return
            self.at[answer.headers["x-request-id"]] = now = time.monotonic()
            if now - self._begun >= CALLED_SECONDS:
                self.long_enough.set()


async def test_a_killed_server_forgets_a_quarter_of_a_second_of_its_log_at_most(ground: Ground, tell: Tell) -> None:
    await ground.add_clients(CALLERS)
    async with serving(ground) as served, connecting(ground) as http:
        callers = [Caller(http, name_of(number), await ground.connect(number)) for number in range(CALLERS)]
        assert all([await caller.refresh() for caller in callers])
        answered = Answered()
        with anyio.fail_after(BOUND_SECONDS):
            async with anyio.create_task_group() as tasks:
                for caller in callers:
                    tasks.start_soon(answered.calls, caller)
                await answered.long_enough.wait()
                killed_at = time.monotonic()
                await served.kill()
    logged = {str(row[0]) for row in await ground.rows("SELECT request_id FROM calls")}
    due = {name for name, at in answered.at.items() if at < killed_at - LOST_SECONDS - COMMIT_SECONDS}
    lost = [at for name, at in answered.at.items() if name not in logged]
    assert due
    assert due <= logged
    tell(
        f"{ground.where}: a kill while {CALLERS} clients call: {len(answered.at)} answers, {len(lost)} not logged, "
        f"the oldest {1000 * (killed_at - min(lost, default=killed_at)):.0f} ms before it"
    )
