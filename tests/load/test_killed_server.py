"""kill -9 of the server under load: what a client had stored is enough to go on."""

import random

import anyio
import pytest

from tests.load import laws
from tests.load.callers import BOUND_SECONDS, Caller, connecting, crowd
from tests.load.conftest import Tell
from tests.load.ground import Ground, name_of
from tests.load.served import Served, serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 200
KILLS = 5


async def test_two_hundred_clients_refresh_and_five_kills_log_nobody_out(ground: Ground, tell: Tell) -> None:
    moments = random.Random(5)  # noqa: S311
    async with serving(ground) as served, connecting(ground) as http:
        clients = await crowd(ground, http, CLIENTS, served.until_up)
        async with clients.at_work():
            await clients.everyone_goes_on()
            for _ in range(KILLS):
                await clients.more_answers(moments.randrange(1, CLIENTS))
                await served.kill()
                await served.start()
                await clients.everyone_goes_on()
        assert clients.refused == []
        assert all([await caller.gets_in() for caller in clients.callers])
    assert clients.lost >= KILLS
    await laws.one_live_end_each(ground)
    await laws.live_ends_are_held(ground, clients.callers)
    assert await ground.count("SELECT COUNT(*) FROM grants WHERE ended_at IS NOT NULL") == 0
    tell(
        f"{ground.where}: {KILLS} kills while {CLIENTS} clients refresh: {CLIENTS} went on, {clients.answers} answers, "
        f"{clients.lost} requests cut off, 0 invalid_grant; spent tokens that came again: {await laws.repeats(ground)}"
    )


async def test_two_hundred_clients_exchange_codes_and_a_kill_costs_one_sign_in_at_most(
    everywhere: Ground, tell: Tell
) -> None:
    ground = everywhere
    moments = random.Random(6)  # noqa: S311
    cut_off = anew = 0
    holders: list[Caller] = []
    async with serving(ground) as served, connecting(ground) as http:
        await ground.add_clients(CLIENTS)
        for _ in range(KILLS):
            callers = [Caller(http, name_of(number)) for number in range(CLIENTS)]
            codes = [await ground.sign_in(number) for number in range(CLIENTS)]
            await exchange_while_killed(ground, served, callers, codes, moments.randrange(1, CLIENTS // 2))
            holders += callers
            cut_off += sum(caller.lost for caller in callers)
            anew += sum(len(caller.refused) for caller in callers)
        assert [caller.answers for caller in holders] == [1] * len(holders)
        assert max(len(caller.refused) for caller in holders) <= 1
        assert all('"invalid_grant"' in text for caller in holders for text in caller.refused)
    assert cut_off >= KILLS
    # A grant whose tokens were lost with the answer has ended, when its code came again; all others are held.
    await laws.no_orphan(ground)
    await laws.one_live_end_each(ground)
    await laws.live_ends_are_held(ground, holders)
    ended = await ground.rows("SELECT ended_because FROM grants WHERE ended_at IS NOT NULL")
    assert {str(row[0]) for row in ended} <= {"code used twice"}
    assert len(ended) == anew
    tell(
        f"{ground.where}: {KILLS} kills while {CLIENTS} clients exchange codes: "
        f"{len(holders)} of {KILLS * CLIENTS} got tokens, {cut_off} requests cut off, "
        f"{anew} signed in a second time, 0 orphan grants"
    )


async def exchange_while_killed(
    ground: Ground, served: Served, callers: list[Caller], codes: list[str], answers: int
) -> None:
    """All of them at once; when so many have their tokens, the server is killed, and started anew."""
    enough = anyio.Event()

    async def one(number: int) -> None:
        caller, code = callers[number], codes[number]
        if number >= len(callers) // 2:
            await enough.wait()  # these ask just as the server is killed, however quick it was with the others
        while not await caller.exchange(code):
            if caller.refused:
                code = await ground.sign_in(number)
                assert len(caller.refused) == 1, caller.refused
            await served.until_up()
        if sum(other.answers for other in callers) >= answers:
            enough.set()

    with anyio.fail_after(BOUND_SECONDS):
        async with anyio.create_task_group() as tasks:
            for number in range(len(callers)):
                tasks.start_soon(one, number)
            await enough.wait()
            await served.kill()
            await served.start()
