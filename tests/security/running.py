"""An installation for thousands of requests, and what is told of them."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.web.world import World, world

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


@contextmanager
def installed(**chosen: Any) -> Iterator[tuple[Run[Any], World]]:
    """An installation in an event loop of its own, so that examples share it."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        run = runner.get_loop().run_until_complete  # Runner.run handles SIGINT anew each time, which takes longer
        built = world(Path(folder), **chosen)
        here = run(built.__aenter__())
        yield run, here
        run(built.__aexit__(None, None, None))


def told(seen: Counter[str]) -> str:
    return f"{seen.total()} requests: " + ", ".join(f"{times} x {status}" for status, times in sorted(seen.items()))
