"""Requests that are ready at one moment go up together; nothing overtakes, and what is large is not held."""

import asyncio

import pytest

from consentry.gateway.upstream.outbox import MOST_HELD_BYTES, Outbox

pytestmark = pytest.mark.anyio


class Upstream(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed


async def test_what_is_small_waits_for_the_event_loop_to_come_round_and_no_longer() -> None:
    outbox, one, other = Outbox(), Upstream(), Upstream()
    outbox.put(one, b"first")
    outbox.put(other, b"second")
    assert (one.written, other.written) == ([], [])
    await asyncio.sleep(0)
    assert (one.written, other.written) == ([b"first"], [b"second"])
    outbox.put(one, b"third")
    await asyncio.sleep(0)
    assert one.written == [b"first", b"third"]


async def test_a_body_that_goes_on_is_not_held_and_overtakes_nothing() -> None:
    outbox, one = Outbox(), Upstream()
    large = b"x" * (MOST_HELD_BYTES + 1)
    outbox.put(one, large)
    assert one.written == [large]
    for piece in (b"head", b"a", b"b"):
        outbox.put(one, piece)
    assert one.written == [large, b"heada"]
    outbox.put(one, large)
    assert one.written == [large, b"heada", b"b" + large]
    await asyncio.sleep(0)
    assert one.written == [large, b"heada", b"b" + large]


async def test_a_connection_that_closed_meanwhile_gets_nothing_and_the_others_all_the_same() -> None:
    outbox, one, other = Outbox(), Upstream(), Upstream()
    outbox.put(one, b"first")
    outbox.put(other, b"second")
    one.closed = True
    await asyncio.sleep(0)
    assert (one.written, other.written) == ([], [b"second"])
