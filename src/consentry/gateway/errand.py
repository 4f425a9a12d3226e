"""The one thing that a call waits for in a task; all else it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


def start(work: Awaitable[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> asyncio.Task[None]:
    """`then` gets what came of it, and `failed` what it or `then` raised."""
    task = asyncio.get_running_loop().create_task(_run(work, then, failed))
    if isinstance(work, Coroutine):
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled at once never awaits it
    return task


async def _run(work: Awaitable[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
    try:
        then(await work)
    except Exception as error:
        failed(error)
