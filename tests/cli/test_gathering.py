"""What is written within one round of the event loop leaves in one piece, in order, and never piles up."""

import asyncio

import pytest

from consentry.cli.gathering import MOST_HELD_BYTES, Gathering

pytestmark = pytest.mark.anyio


class Wire(asyncio.Transport):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.told.append(bytes(data))

    def close(self) -> None:
        self.told.append("close")

    def abort(self) -> None:
        self.told.append("abort")

    def is_closing(self) -> bool:
        return bool(self.told)

    def pause_reading(self) -> None:
        self.told.append("pause")

    def resume_reading(self) -> None:
        self.told.append("resume")


def gathering() -> tuple[Gathering, Wire]:
    wire = Wire()
    return Gathering(wire, asyncio.get_running_loop()), wire


async def test_a_head_and_its_body_leave_together() -> None:
    transport, wire = gathering()
    transport.write(b"head ")
    transport.write(b"body")
    assert wire.told == []
    await asyncio.sleep(0)
    assert wire.told == [b"head body"]


async def test_each_round_of_the_event_loop_sends_what_it_wrote() -> None:
    transport, wire = gathering()
    for chunk in (b"one", b"two"):
        transport.write(chunk)
        await asyncio.sleep(0)
    assert wire.told == [b"one", b"two"]


async def test_what_is_much_leaves_at_once() -> None:
    transport, wire = gathering()
    transport.write(b"." * MOST_HELD_BYTES)
    transport.write(b"!")
    assert wire.told == [b"." * MOST_HELD_BYTES + b"!"]
    await asyncio.sleep(0)
    assert len(wire.told) == 1


async def test_closing_sends_what_was_written_before() -> None:
    transport, wire = gathering()
    transport.write(b"last")
    transport.close()
    assert wire.told == [b"last", "close"]


async def test_an_abort_sends_nothing_more() -> None:
    transport, wire = gathering()
    transport.write(b"never")
    transport.abort()
    await asyncio.sleep(0)
    assert wire.told == ["abort"]
