"""Reading a body: half of one is the client's fault, and waiting for the rest has an end."""

from collections.abc import Iterator, Mapping
from typing import Any

import anyio
import httpx2
import pytest
from starlette.requests import Request
from starlette.types import Message

from consentry.web import reading
from tests.web.world import World

pytestmark = pytest.mark.anyio

HALF: Message = {"type": "http.request", "body": b"grant_type=", "more_body": True}


async def test_a_body_that_stands_still_is_not_waited_for_without_end() -> None:
    said = iter([HALF])

    async def receive() -> Message:
        for message in said:
            return message
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(60), pytest.raises(reading.IncompleteError):
        await reading.body(Request({"type": "http"}, receive), seconds=0.01)


@pytest.mark.proves("D27")
@pytest.mark.parametrize("path", ["/token", "/register", "/revoke", "/login"])
async def test_half_a_body_is_a_bad_request_and_no_fault_of_ours(
    here: World, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    said: Iterator[Message] = iter([HALF, {"type": "http.disconnect"}])
    answered: list[Mapping[str, Any]] = []

    async def receive() -> Message:
        return next(said)

    async def send(message: Message) -> None:
        answered.append(message)

    request = httpx2.Request("POST", path, headers={"content-type": "application/x-www-form-urlencoded"})
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "scheme": "https",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("192.0.2.1", 1),
    }
    await here.app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert not caplog.records
