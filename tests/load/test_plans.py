"""Two processes share one plan, and never let more through; what they let through stands in the log they share."""

import json
import signal
from collections import Counter
from typing import Any

import anyio
import pytest
from anyio import to_thread

from tests.cli.process import running
from tests.load.callers import Caller, connecting
from tests.load.conftest import Tell
from tests.load.ground import Ground, name_of
from tests.load.served import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AT_ONCE = 60
PLAN = 20
BOUND_SECONDS = 60
NOTHING_BEHIND = 502  # whoever gets through finds that nothing answers there


async def test_of_sixty_calls_at_once_at_two_processes_exactly_as_many_as_the_plan_get_through(
    ground: Ground, tell: Tell
) -> None:
    await ground.add_clients(1)
    await ground.installation.store.write(lambda tx: tx.set_plan("account_1", "free"))
    statuses: Counter[int] = Counter()

    async with serving(ground, workers=2) as served, connecting(ground) as http:
        caller = Caller(http, name_of(0), await ground.connect(0))
        assert await caller.refresh()

        async def call(number: int) -> None:
            body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "add"}}
            headers = {"Authorization": f"Bearer {caller.access_token}"}
            response = await http.post("/mcp/reminders", json=body, headers=headers)
            assert (response.status_code == 429) == ("retry-after" in response.headers)
            statuses[response.status_code] += 1

        with anyio.fail_after(BOUND_SECONDS):
            async with anyio.create_task_group() as tasks:
                for number in range(AT_ONCE):
                    tasks.start_soon(call, number)
        assert statuses == {NOTHING_BEHIND: PLAN, 429: AT_ONCE - PLAN}
        with running("log", "--follow", "--json", environment=ground.environment) as following:
            lines = [await to_thread.run_sync(following.line, '"tools/call"') for _ in range(AT_ONCE)]
            assert await to_thread.run_sync(following.end, signal.SIGINT) == 0
        assert Counter(json.loads(line)["status"] for line in lines) == statuses
        assert len({json.loads(line)["request_id"] for line in lines}) == AT_ONCE

        await served.kill()
        await served.start()
        await call(AT_ONCE)
        assert statuses[NOTHING_BEHIND] == PLAN
    tell(f"{ground.where}: {AT_ONCE} calls at once at 2 processes: {PLAN} of a plan's {PLAN} through, the others 429")
