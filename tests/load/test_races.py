"""Many requests at once with one token, and with one code, over as many connections to two processes."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest

from tests.load import laws
from tests.load.callers import Caller, connecting
from tests.load.conftest import Tell
from tests.load.ground import Ground, name_of
from tests.load.served import serving
from tests.stores import BOTH

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AT_ONCE = 50
BOUND_SECONDS = 60


async def all_at_once(callers: list[Caller], ask: Callable[[Caller], Coroutine[Any, Any, bool]]) -> None:
    """Each asks on a connection that is open already, so that no handshake keeps them apart."""
    with anyio.fail_after(BOUND_SECONDS):
        async with anyio.create_task_group() as warming:
            for caller in callers:
                warming.start_soon(caller.http.get, "/healthz")
        async with anyio.create_task_group() as tasks:
            for caller in callers:
                tasks.start_soon(ask, caller)


@pytest.mark.parametrize("limited", BOTH, indirect=True)  # refresh tokens are in the database, with a Redis or without
async def test_fifty_refreshes_at_once_with_one_token_all_go_on_and_there_is_one_live_end(
    limited: Ground, tell: Tell
) -> None:
    ground = limited
    await ground.add_clients(1)
    token = await ground.connect(0)
    async with serving(ground, workers=2), connecting(ground) as http:
        callers = [Caller(http, name_of(0), token) for _ in range(AT_ONCE)]
        await all_at_once(callers, Caller.refresh)
        assert [caller.answers for caller in callers] == [1] * AT_ONCE, [caller.refused for caller in callers]
        assert len({caller.refresh_token for caller in callers}) == 1
        assert len({caller.access_token for caller in callers}) == AT_ONCE
        assert all([await caller.gets_in() for caller in callers])
    await laws.live_ends_are_held(ground, callers[:1])
    assert await ground.count("SELECT COUNT(*) FROM refresh_tokens") == 2
    assert await ground.count("SELECT COUNT(*) FROM events WHERE name = 'grant:token:refreshed'") == 1
    tell(f"{ground.where}: {AT_ONCE} refreshes at once with one token: {AT_ONCE} answered, 1 live end")


async def test_fifty_exchanges_at_once_of_one_code_bring_one_set_of_tokens_and_the_replay_ends_it(
    limited: Ground, tell: Tell
) -> None:
    ground = limited
    await ground.add_clients(1)
    code = await ground.sign_in(0)
    async with serving(ground, workers=2), connecting(ground) as http:
        callers = [Caller(http, name_of(0)) for _ in range(AT_ONCE)]
        await all_at_once(callers, lambda caller: caller.exchange(code))
        (winner,) = [caller for caller in callers if caller.answers]
        refused = [text for caller in callers for text in caller.refused]
        assert len(refused) == AT_ONCE - 1
        assert all('"invalid_grant"' in text for text in refused)
        # ADR 5: the second use of the code, by a holder of its verifier, ends what the first one bought.
        assert not await winner.gets_in()
        assert not await winner.refresh()
        assert '"invalid_grant"' in winner.refused[-1]
    grants = await ground.rows("SELECT ended_because FROM grants")
    assert [tuple(row) for row in grants] == [("code used twice",)]
    tables = ("access_tokens", "refresh_tokens")
    assert [await ground.count(f"SELECT COUNT(*) FROM {table}") for table in tables] == [1, 1]  # noqa: S608
    assert await ground.count("SELECT COUNT(*) FROM events WHERE name = 'grant:code:replayed'") == 1
    await laws.no_orphan(ground)
    tell(
        f"{ground.where}: {AT_ONCE} exchanges at once of one code: 1 set of tokens, {len(refused)} refused, "
        "and the grant ended"
    )
