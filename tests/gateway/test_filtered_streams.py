"""A stream whose lists of tools are filtered is a stream like any other: at once, kept alive, and ended in order."""

import json
from collections.abc import Awaitable
from dataclasses import replace

import anyio
import pytest

from consentry.deployments.scope_map import parse
from consentry.formats import Bearer
from consentry.gateway import listing
from consentry.gateway.model import Decision, Forward, Found, Request
from tests.gateway.remembered import Recalled
from tests.gateway.serving import BOUND_SECONDS, saying
from tests.gateway.test_wire import COMMENT, EVENTS, HASTE, called, head

pytestmark = pytest.mark.anyio

LIST = json.dumps({"id": 1, "result": {"tools": [{"name": "wipe"}, {"name": "search_x"}]}}, separators=(",", ":"))
SHOWN = LIST.replace('{"name":"wipe"},', "")


class Hides:
    """A policy by which everything that is answered may list nothing but what begins with `search_`."""

    def settles(self, request: Request, forward: Forward) -> bool:
        return False

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return False

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        target = replace(forward.target, scopes=parse(["mcp=search_*"]), hide_tools=True)
        return listing.filtered(replace(forward, target=target), private=False)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.proves("G12", "G16")
async def test_a_list_passes_at_once_without_what_is_hidden_and_silence_is_kept_alive() -> None:
    said = EVENTS + f"\r\ndata: {LIST}\n\n: half of".encode()
    async with saying(said, linger=True) as url, called(url, policies=(Hides(),), **HASTE) as (caller, call):
        await caller.say(b"GET ", call, b"\r\n")
        assert b"x-accel-buffering: no" in await head(caller)
        with anyio.fail_after(BOUND_SECONDS):
            passed = await caller.reader.readuntil(2 * COMMENT)
    assert passed == chunk(f"data: {SHOWN}\n\n".encode()) + 2 * COMMENT


async def test_a_list_in_one_json_passes_without_what_is_hidden_whatever_its_length_was_said_to_be() -> None:
    said = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(LIST)}\r\n\r\n{LIST}"
    async with saying(said.encode()) as url, called(url, policies=(Hides(),)) as (caller, call):
        await caller.say(b"POST ", call, b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        assert b"content-length" not in await head(caller)
        assert await caller.rest() == chunk(SHOWN.encode()) + b"0\r\n\r\n"


@pytest.mark.proves("G15")
async def test_a_filtered_stream_ends_in_order_when_its_access_does() -> None:
    class Ending(Recalled):
        looks = 0

        def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
            self.looks += 1
            if self.looks > 2:
                self.accesses = {digest: replace(one, ended=True) for digest, one in self.accesses.items()}
            return super().recall(slug, bearer)

    said = EVENTS + b"\r\ndata: one\n\ndata: ha"
    async with (
        saying(said, linger=True) as url,
        called(url, find=Ending(), policies=(Hides(),), recheck_seconds=0.01) as (caller, call),
    ):
        await caller.say(b"GET ", call, b"Connection: close\r\n\r\n")
        await head(caller)
        with anyio.fail_after(BOUND_SECONDS):
            assert await caller.rest() == chunk(b"data: one\n\n") + b"0\r\n\r\n"
