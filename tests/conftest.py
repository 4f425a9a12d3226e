"""What every test may ask for, and the check that a test proves only requirements that exist."""

from collections.abc import Iterator

import pytest
from dev.provide import chromium
from hypothesis import HealthCheck, settings

from tests import redis_server
from tests.postgres import Server, running
from tests.redis_server import RedisServer
from tests.requirements import KNOWN

# How long an example takes, or its making, says more of what else the machine does than of the code.
settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples in every run: what they find is found before it is on main, and by nobody by chance.
settings.register_profile("steady", settings.get_profile("exploring"), derandomize=True, database=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium_executable() -> str:
    """The path of Chromium; its absence is a failure, since `make test` installs it or says how to."""
    path = chromium()
    if path is None:
        pytest.fail("Chromium is missing: run `make provide`, which installs it or says how to get it.")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A Redis server for the whole run."""
    with redis_server.running() as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    wrong = [
        f"{item.nodeid}: {requirement!r}"
        for item in items
        for marker in item.iter_markers("proves")
        for requirement in (*marker.args, *marker.kwargs)
        if requirement not in KNOWN
    ]
    if wrong:
        raise pytest.UsageError("not in tests/requirements.py: " + ", ".join(wrong))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests counted (`record_property("counts", sentence)`); it comes through xdist as well."""
    told = [
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "counts"
    ]
    if told:
        terminalreporter.section("counts")
        terminalreporter.write_line("\n".join(told))
