"""Processes of their own that race for one thing: exactly one gets it, and none is turned away by the others."""

import json
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from consentry.grants.refresh import judge
from consentry.store.migrate import migrations
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.bench import open_bench
from tests.builders import NOW, digest_of
from tests.forked import forked
from tests.store.samples import CODE, DEVICE, PUSHED, granted, link, peopled

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RACERS = 6


def race(task: str, file: Path, **environment: str) -> list[list[object]]:
    """Starts the racers, lets them go when all are ready, and gives what each came home with."""
    with ExitStack() as stack:
        words = ("tests.store.racers", task, str(file))
        racers = [
            stack.enter_context(forked(*words, str(number), environment=os.environ | environment))
            for number in range(RACERS)
        ]
        try:
            for racer in racers:
                assert racer.stdout.readline() == "ready\n"
            for racer in racers:
                racer.stdin.write("go\n")
                racer.stdin.flush()
            answers = [racer.stdout.read() for racer in racers]
            assert [racer.wait() for racer in racers] == [0] * RACERS, [racer.stderr.read() for racer in racers]
        finally:
            for racer in racers:
                racer.kill()
    return [json.loads(answer) for answer in answers]


async def prepared(file: Path, work: Callable[[Transaction], Awaitable[None]]) -> SQLiteStore:
    store = SQLiteStore(file)
    await store.migrate(NOW)
    await store.write(work)
    return store


async def test_of_processes_that_start_at_once_one_migrates(tmp_path: Path) -> None:
    file = tmp_path / "consentry.db"
    taken = race("migrate", file)
    assert sorted(taken) == [[]] * (RACERS - 1) + [[migration.number for migration in migrations()]]
    store = SQLiteStore(file)
    assert await store.pending() == []
    store.close()


@pytest.mark.proves("C8")
async def test_of_processes_that_show_one_code_one_gets_its_grant(tmp_path: Path) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        for number in range(20):
            await tx.add_code(replace(CODE, digest=digest_of(f"code {number}")))

    store = await prepared(tmp_path / "consentry.db", work)
    outcomes = race("spend_code", store.path)
    assert [sum(bool(won) for won in rivals) for rivals in zip(*outcomes, strict=True)] == [1] * 20
    assert len(await store.read(lambda tx: tx.list_grants())) == 20
    store.close()


@pytest.mark.proves("C25", "D20")
async def test_of_processes_that_answer_what_waits_one_answer_counts(tmp_path: Path) -> None:
    async def work(tx: Transaction) -> None:
        for number in range(10):
            await tx.add_pushed_request(replace(PUSHED, digest=digest_of(f"pushed {number}")))
            device = replace(DEVICE, digest=digest_of(f"device {number}"), user_code=f"user code {number}".encode())
            assert await tx.add_device_authorization(device)

    store = await prepared(tmp_path / "consentry.db", work)
    outcomes = race("answer_waiting", store.path)
    assert [sum(bool(won) for won in rivals) for rivals in zip(*outcomes, strict=True)] == [1] * 20
    store.close()


@pytest.mark.proves("D9")
async def test_of_processes_that_spend_one_refresh_token_one_does(tmp_path: Path) -> None:
    store = await prepared(tmp_path / "consentry.db", granted)
    outcomes = race("spend_refresh_token", store.path)
    (winner,) = [number for number, outcome in enumerate(outcomes) if outcome == [True]]
    held = await store.read(lambda tx: tx.find_refresh_token(link(1).digest))
    assert held is not None
    assert held.token.successor == digest_of(f"successor of {winner}")
    assert held.token.seal == str(winner).encode()
    store.close()


@pytest.mark.proves("D18")
async def test_of_processes_that_show_one_assertion_one_gets_through(tmp_path: Path) -> None:
    store = await prepared(tmp_path / "consentry.db", peopled)
    outcomes = race("spend_assertion", store.path)
    assert [sum(bool(won) for won in rivals) for rivals in zip(*outcomes, strict=True)] == [1] * 20
    store.close()


async def test_of_sixty_refreshes_with_one_token_all_get_in_and_there_is_one_live_end(tmp_path: Path) -> None:
    bench = await open_bench(tmp_path)
    token = (await bench.connect()).refresh_token
    assert token is not None
    outcomes = race("refresh", tmp_path / "consentry.db", TOKEN=token.reveal())
    successors = {successor for outcome in outcomes for successor in outcome}
    assert len(successors) == 1
    assert None not in successors
    rows = await bench.rows("refresh_tokens", "access_tokens")
    assert len(rows["refresh_tokens"]) == 2
    assert len(rows["access_tokens"]) == 1 + 10 * RACERS
    assert len(await bench.events("grant:token:refreshed")) == 1
    assert await bench.events("grant:token:repeated") == [judge(None, 60, NOW)] * (10 * RACERS - 1)
    await bench.store.aclose()
