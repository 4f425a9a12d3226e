"""Which request a message of a stdio server belongs to."""

import pytest
from mcp.types import JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from consentry.demo.in_flight import InFlight


def request(request_id: int | str, token: int | str | None = None) -> JSONRPCRequest:
    params = {} if token is None else {"_meta": {"progressToken": token}}
    return JSONRPCRequest(jsonrpc="2.0", id=request_id, method="tools/call", params=params)


def progress(token: int | str) -> JSONRPCNotification:
    params = {"progressToken": token, "progress": 1}
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/progress", params=params)


LOG = JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={})


@pytest.fixture
def in_flight() -> InFlight:
    """Two requests, the first with a progress token."""
    both = InFlight()
    both.sent(request(1, "one"))
    both.sent(request(2))
    return both


def test_progress_belongs_to_the_request_whose_token_it_names(in_flight: InFlight) -> None:
    assert in_flight.of(progress("one")) == 1
    assert in_flight.of(progress("unheard")) is None


def test_anything_else_belongs_to_the_newest_request(in_flight: InFlight) -> None:
    assert in_flight.of(LOG) == 2
    in_flight.of(JSONRPCResponse(jsonrpc="2.0", id=2, result={}))
    assert in_flight.of(LOG) == 1
    in_flight.of(JSONRPCResponse(jsonrpc="2.0", id=1, result={}))
    assert in_flight.of(LOG) is None


def test_a_cancelled_request_is_answered_once(in_flight: InFlight) -> None:
    cancel = JSONRPCNotification(jsonrpc="2.0", method="notifications/cancelled", params={"requestId": 1})
    assert in_flight.cancelled_by(cancel) == 1
    assert in_flight.cancelled_by(cancel) is None
    assert in_flight.all() == [2]


def test_only_a_cancellation_cancels(in_flight: InFlight) -> None:
    assert in_flight.cancelled_by(LOG) is None
    assert in_flight.cancelled_by(request(1)) is None
    assert in_flight.all() == [1, 2]
    assert in_flight.all() == []
