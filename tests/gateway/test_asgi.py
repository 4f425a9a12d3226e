"""Servers and clients that speak ASGI in their own way."""

import anyio
import pytest

from consentry.gateway.app import Gateway
from consentry.gateway.model import Message
from consentry.gateway.upstream import Upstreams
from tests.gateway.remembered import NOW, Remembered, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, serving
from tests.gateway.upstreams import EventStream

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_client_is_not_asked_again_and_again_whether_it_has_left(leaves: bool) -> None:
    """Some in-process clients give the same message for ever, at once, and never a disconnect."""
    upstream = EventStream()
    find, token, asked = Remembered(), new_token(), 0
    sent: list[Message] = []
    find.accesses[token.digest()] = access(expires_at=NOW + 100)

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.disconnect"} if leaves and asked > 1 else {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)
        upstream.go_on.set()

    with anyio.fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, Upstreams() as upstreams:
            find.targets["notes"] = target("notes", url)
            gateway = Gateway(find=find, upstreams=upstreams, clock=lambda: NOW, new_request_id=lambda: "req_1")
            headers = [(b"authorization", f"Bearer {token.reveal()}".encode())]
            scope = {"method": "POST", "path": "/mcp/notes", "query_string": b"", "headers": headers}
            await gateway(scope, receive, send)
    assert asked == 2
    assert bool(sent) is not leaves
