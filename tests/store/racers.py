"""What one of several racing processes does: python -m tests.store.racers TASK FILE NUMBER, then a line on stdin."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from consentry.grants.exchange import Issued
from consentry.grants.model import DeviceDecision
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.bench import Bench
from tests.builders import NOW, digest_of, terms
from tests.store.samples import GRANT, access, link, purchase, rotation


async def migrate(file: Path, number: int) -> list[object]:
    """Opens the database and brings it up to date."""
    store = SQLiteStore(file)
    taken = await store.migrate(NOW + number)
    store.close()
    return [migration.number for migration in taken]


async def spend_code(file: Path, number: int) -> list[object]:
    """Spends each of twenty codes, or not."""
    store = SQLiteStore(file)
    outcomes: list[object] = []
    for round_ in range(20):
        grant = replace(GRANT, id=f"grant_{round_}_{number}")
        token = replace(access(f"access {round_} {number}"), grant_id=grant.id)
        spend = partial(
            Transaction.spend_code, purchase=purchase(digest_of(f"code {round_}"), grant, token, None), now=NOW
        )
        outcomes.append(await store.write(spend))
    store.close()
    return outcomes


async def spend_refresh_token(file: Path, number: int) -> list[object]:
    """Spends the first link of the chain, or not."""
    store = SQLiteStore(file)
    successor = replace(link(2), digest=digest_of(f"successor of {number}"))
    seal = str(number).encode()
    outcome = await store.write(
        lambda tx: tx.spend_refresh_token(rotation(link(1), successor, seal, access(f"access {number}"), NOW), NOW)
    )
    store.close()
    return [outcome]


async def refresh(file: Path, number: int) -> list[object]:
    """Refreshes with one and the same token, many times; the successors that it got."""
    token = os.environ["TOKEN"]
    bench = Bench(SQLiteStore(file), terms(entropy=os.urandom), now=NOW + 1)
    outcomes = await asyncio.gather(*(bench.refresh(token) for _ in range(10)))
    await bench.store.aclose()
    return [one.refresh_token.reveal() if isinstance(one, Issued) and one.refresh_token else None for one in outcomes]


async def spend_assertion(file: Path, number: int) -> list[object]:
    """Shows each of twenty assertions."""
    store = SQLiteStore(file)
    outcomes: list[object] = []
    for round_ in range(20):
        spend = partial(Transaction.spend_assertion, digest=digest_of(f"assertion {round_}"), expires_at=NOW + number)
        outcomes.append(await store.write(spend))
    store.close()
    return outcomes


async def answer_waiting(file: Path, number: int) -> list[object]:
    """Answers each of ten pushed requests and of ten devices, or not."""
    store = SQLiteStore(file)
    decision: DeviceDecision = "approved" if number % 2 else "denied"
    outcomes: list[object] = []
    for round_ in range(10):
        spend = partial(Transaction.spend_pushed_request, digest=digest_of(f"pushed {round_}"), now=NOW)
        decide = partial(
            Transaction.decide_device_authorization, digest=digest_of(f"device {round_}"), decision=decision, now=NOW
        )
        outcomes += [await store.write(spend), await store.write(decide)]
    store.close()
    return outcomes


TASKS: dict[str, Callable[[Path, int], Awaitable[list[object]]]] = {
    "migrate": migrate,
    "spend_code": spend_code,
    "spend_refresh_token": spend_refresh_token,
    "refresh": refresh,
    "spend_assertion": spend_assertion,
    "answer_waiting": answer_waiting,
}


async def run(task: str, file: str, number: str) -> list[object]:
    return await TASKS[task](Path(file), int(number))


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    json.dump(asyncio.run(run(*sys.argv[1:])), sys.stdout)
