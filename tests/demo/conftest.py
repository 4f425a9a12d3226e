"""The demo servers, each started once."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.demo.upstreams import Upstream, start

STDIO_SERVER = (sys.executable, str(Path(__file__).parent / "stdio_server.py"))


@pytest.fixture(scope="session")
async def reminders(anyio_backend: str) -> AsyncIterator[Upstream]:
    async with start("consentry.demo.reminders") as upstream:
        yield upstream


@pytest.fixture(scope="session")
async def textkit(anyio_backend: str) -> AsyncIterator[Upstream]:
    async with start("consentry.demo.textkit") as upstream:
        yield upstream


@pytest.fixture(scope="session")
async def bridge(anyio_backend: str) -> AsyncIterator[Upstream]:
    async with start("consentry.demo.bridge", "--", *STDIO_SERVER) as upstream:
        yield upstream
