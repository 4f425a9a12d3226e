"""Two processes share one limit, and count it exactly."""

import anyio
import pytest

from tests.builders import REDIRECT_URI
from tests.load.callers import Caller, connecting
from tests.load.conftest import Tell
from tests.load.ground import Ground, name_of
from tests.load.served import serving
from tests.stores import BOTH, REDIS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AT_ONCE = 60
BOUND_SECONDS = 60
COUNTED = [*BOTH, REDIS[0]]  # a Redis counts alike, whichever database is beside it


@pytest.mark.parametrize("limited", COUNTED, indirect=True)
async def test_of_sixty_registrations_at_once_at_two_processes_exactly_as_many_as_the_limit_get_in(
    limited: Ground, tell: Tell
) -> None:
    statuses: list[int] = []
    limit = limited.installation.settings.register_per_hour

    async with serving(limited, workers=2), connecting(limited) as http:

        async def register() -> None:
            body = {"redirect_uris": [REDIRECT_URI], "client_name": "Agent"}
            response = await http.post("/register", json=body)
            statuses.append(response.status_code)
            assert (response.status_code == 429) == ("retry-after" in response.headers)

        with anyio.fail_after(BOUND_SECONDS):
            async with anyio.create_task_group() as tasks:
                for _ in range(AT_ONCE):
                    tasks.start_soon(register)
    assert sorted(statuses) == [201] * limit + [429] * (AT_ONCE - limit)
    assert await limited.count("SELECT COUNT(*) FROM clients") == limit
    assert await limited.count("SELECT COUNT(*) FROM events WHERE name = 'limits:rate:exceeded'") == 1
    tell(f"{limited.where}: {AT_ONCE} registrations at once at 2 processes: {limit} in, the others 429")


@pytest.mark.parametrize("limited", COUNTED, indirect=True)
async def test_a_grant_that_rotates_without_a_pause_is_slowed_and_not_ended(limited: Ground, tell: Tell) -> None:
    await limited.add_clients(1)
    limit = limited.installation.settings.token_per_minute
    async with serving(limited, workers=2), connecting(limited) as http:
        caller = Caller(http, name_of(0), await limited.connect(0))
        while await caller.refresh():
            assert caller.answers <= limit
        assert caller.answers == limit
        assert '"temporarily_unavailable"' in caller.refused[0]
        assert await caller.gets_in()
    assert await limited.count("SELECT COUNT(*) FROM grants WHERE ended_at IS NOT NULL") == 0
    tell(f"{limited.where}: {limit} rotations in a minute, then 429; the grant stands")
