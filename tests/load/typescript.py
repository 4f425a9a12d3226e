"""A program on the TypeScript SDK as a process, in the environment that `make clients` builds for it."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from tests.load import worker
from tests.load.worker import ROOT, Worker

Flavour = Literal["sdk", "client"]

ENVIRONMENT = ROOT / ".venv-clients" / "ts"
PROGRAM = Path(__file__).parent / "ts" / "parallel.mjs"


def node() -> str:
    """The Node.js of the environment, or the machine's."""
    own = Path(sys.executable).parent / "node"
    found = str(own) if own.exists() else shutil.which("node")
    assert found is not None, "Node.js is missing: `make clients` brings it."
    assert (ENVIRONMENT / "node_modules").exists(), f"{ENVIRONMENT} is missing: `make clients` builds it."
    return found


@asynccontextmanager
async def started(flavour: Flavour, url: str, calls: int) -> AsyncIterator[Worker]:
    """For as long as the block runs. The program's text is handed over, so that its imports are the environment's."""
    arguments = ("--input-type=module", "--eval", PROGRAM.read_text(), flavour, url, str(calls))
    async with worker.started(node(), *arguments, cwd=ENVIRONMENT) as program:
        yield program
