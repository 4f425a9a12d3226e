"""Whatever is sent to whatever address: no 5xx, no redirect to elsewhere, no markup of a stranger's on a page."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.postgres import Server
from tests.security import asking, ground, judging
from tests.security.asking import Ask
from tests.security.running import Run, installed, told
from tests.web.world import ISSUER, World

# How many times as many as usual: with more than one they are other ones each time, too.
TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
ANEW_EVERY = 100  # requests; what they spend or end is had anew
LAYOUTS = (
    {"mcp_url": "https://mcp.example/{slug}"},
    {"public_url": f"{ISSUER}/auth", "mcp_url": "https://{slug}.mcp.example/mcp"},
    {"public_url": f"{ISSUER}/functions/v1/oauth", "mcp_url": f"{ISSUER}/functions/v1/router/{{slug}}"},
)

STEADY: dict[str, Any] = {
    "derandomize": TIMES == 1,
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


def examine(run: Run[Any], here: World, requests: int) -> Counter[str]:
    """Sends as many; how many got which status."""
    own = ground.origins_of(here)
    seen: Counter[str] = Counter()
    supplies: dict[str, str] = {}

    run(ground.prepare(here))

    @example(asking.registration(here.prefix))
    @example(Ask("GET", f"{here.prefix}/nothing", (), asking.PROGRAM))
    @settings(max_examples=requests * TIMES, **STEADY)
    @given(asking.asks(ground.paths_of(here)))
    def ask(one: Ask) -> None:
        if seen.total() % ANEW_EVERY == 0:
            here.clock.now += 1000  # who mistyped a password too often may try again
            supplies.update(run(ground.supply(here)))
        answer = run(ground.send(here, one, supplies))
        seen[f"{answer.status}"] += 1
        fault = judging.fault(one, answer, supplies, own)
        assert fault is None, f"{fault}\n{one}\n{answer}"

    ask()
    return seen


def test_no_request_breaks_the_application(record_property: Callable[[str, object], None]) -> None:
    with installed() as (run, here):
        seen = examine(run, here, 1500)
    record_property("counts", f"fuzz: {told(seen)}")
    # What is sent reaches deep: all of these are answers of an endpoint that went on to its end.
    assert all(seen[status] for status in ("200", "201", "303", "400", "401", "404", "405"))


@pytest.mark.parametrize("layout", LAYOUTS, ids=["hosts", "host-each", "paths"])
def test_nor_where_things_are_elsewhere(layout: dict[str, str], record_property: Callable[[str, object], None]) -> None:
    with installed(**layout) as (run, here):
        seen = examine(run, here, 250)
    record_property("counts", f"fuzz, {layout['mcp_url']}: {told(seen)}")
    assert all(seen[status] for status in ("200", "303", "400", "401", "404"))


@pytest.mark.slow
def test_nor_with_postgresql_behind_it(postgres: Server, record_property: Callable[[str, object], None]) -> None:
    with asyncio.Runner() as runner:
        url = runner.run(postgres.fresh())
    with installed(database_url=url) as (run, here):
        seen = examine(run, here, 600)  # in front of the store all is the same; a NUL or a large number reaches it soon
    record_property("counts", f"fuzz, PostgreSQL: {told(seen)}")
    assert all(seen[status] for status in ("200", "201", "303", "400", "401", "404", "405"))
