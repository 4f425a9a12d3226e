"""Headers that mirror the body."""

import json
from typing import Any

import pytest

from consentry.gateway import envelope, message
from consentry.gateway.bearer import NoBearer
from consentry.gateway.message import Body
from consentry.gateway.model import Request, Stop

NEW, OLD = {"MCP-Protocol-Version": "2026-07-28"}, {"MCP-Protocol-Version": "2025-11-25"}
VERSION = "io.modelcontextprotocol/protocolVersion"
ADD = {"name": "add", "arguments": {"a": 1}}


def request(*headers: tuple[str, str], **more: str) -> Request:
    named = [*headers, *((name.replace("_", "-"), value) for name, value in more.items())]
    return Request("POST", "notes", b"", tuple((n.lower().encode(), v.encode()) for n, v in named), NoBearer.ABSENT)


def check(headers: dict[str, str], method: str, params: dict[str, Any] | None = None, **more: object) -> Stop | None:
    body = message.parse(
        json.dumps({"jsonrpc": "2.0", "id": 3, "method": method, "params": params or {}} | more).encode()
    )
    assert isinstance(body, Body)
    return envelope.check(envelope.of(request(*headers.items())), body)


@pytest.mark.proves("G10")
@pytest.mark.parametrize(
    ("headers", "method", "params"),
    [
        (NEW | {"Mcp-Method": "tools/call", "Mcp-Name": "add"}, "tools/call", ADD),
        (NEW | {"Mcp-Method": "tools/call", "Mcp-Name": "=?base64?w6k=?="}, "tools/call", {"name": "é"}),
        (NEW | {"Mcp-Method": "resources/read", "Mcp-Name": "file:///x"}, "resources/read", {"uri": "file:///x"}),
        (NEW | {"Mcp-Method": "server/discover"}, "server/discover", {"_meta": {VERSION: "2026-07-28"}}),
        (NEW | {"Mcp-Method": "notifications/cancelled"}, "notifications/cancelled", {}),
        (OLD, "tools/call", ADD),
        (OLD | {"Mcp-Method": "tools/call"}, "tools/call", ADD),  # as mcp-remote does
        ({}, "initialize", {"protocolVersion": "2025-06-18"}),
        ({}, "tools/call", ADD),
    ],
)
def test_headers_that_agree_with_the_body_pass(headers: dict[str, str], method: str, params: dict[str, Any]) -> None:
    assert check(headers, method, params) is None


@pytest.mark.proves("G10")
@pytest.mark.parametrize(
    ("headers", "method", "params"),
    [
        (NEW, "tools/list", {}),
        (NEW | {"Mcp-Method": "tools/list"}, "tools/call", ADD),
        (NEW | {"Mcp-Method": "TOOLS/CALL", "Mcp-Name": "add"}, "tools/call", ADD),
        (NEW | {"Mcp-Method": "tools/call"}, "tools/call", ADD),
        (NEW | {"Mcp-Method": "tools/call", "Mcp-Name": "sub"}, "tools/call", ADD),
        (NEW | {"Mcp-Method": "tools/call", "Mcp-Name": "=?base64?w6k?="}, "tools/call", {"name": "é"}),
        (NEW | {"Mcp-Method": "prompts/get", "Mcp-Name": "p"}, "prompts/get", {"name": "q"}),
        (NEW | {"Mcp-Method": "tools/list"}, "tools/list", {"_meta": {VERSION: "2025-11-25"}}),
        (OLD, "tools/list", {"_meta": {VERSION: "2026-07-28"}}),
        ({}, "tools/list", {"_meta": {VERSION: "2026-07-28"}}),
        (OLD | {"Mcp-Method": "tools/list"}, "tools/call", ADD),
        (OLD | {"Mcp-Name": "sub"}, "tools/call", ADD),
    ],
)
def test_headers_that_say_something_else_are_refused(
    headers: dict[str, str], method: str, params: dict[str, Any]
) -> None:
    stop = check(headers, method, params)
    assert stop is not None
    assert (stop.status, stop.code, stop.id) == (400, -32020, 3)


@pytest.mark.parametrize("name", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Param-Region", "Content-Type"])
def test_a_header_that_is_there_twice_is_refused(name: str) -> None:
    body = message.parse(b'{"id": 3, "method": "ping"}')
    assert isinstance(body, Body)
    stop = envelope.check(envelope.of(request((name, "ping"), (name, "ping"))), body)
    assert stop is not None
    assert (stop.status, stop.code) == (400, -32020)


@pytest.mark.proves("G10")
@pytest.mark.parametrize("version", ["1999-01-01", "2027-01-01", "", "2025-11-25, 2026-07-28"])
def test_a_revision_that_is_not_known_is_named_with_those_that_are(version: str) -> None:
    stop = check({"MCP-Protocol-Version": version, "Mcp-Method": "tools/call"}, "tools/call", ADD)
    assert stop is not None
    assert (stop.status, stop.code, stop.id) == (400, -32022, 3)
    assert stop.data == {"supported": list(envelope.REVISIONS), "requested": version}


def test_batches_are_of_the_older_revisions() -> None:
    body = message.parse(b'[{"id": 1, "method": "ping"}, {"id": 2, "method": "tools/list"}]')
    assert isinstance(body, Body)
    assert envelope.check(envelope.of(request(*OLD.items())), body) is None
    stop = envelope.check(envelope.of(request(*NEW.items(), Mcp_Method="ping")), body)
    assert stop is not None
    assert (stop.status, stop.code) == (400, -32600)
    stop = envelope.check(envelope.of(request(*OLD.items(), Mcp_Method="ping")), body)
    assert stop is not None
    assert stop.code == -32020


SCHEMA = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "n": {}}}


@pytest.mark.proves("G10")
@pytest.mark.parametrize(
    ("headers", "arguments", "fits"),
    [
        ({"Mcp-Param-Region": "eu"}, {"region": "eu"}, True),
        ({"Mcp-Param-Region": "eu", "Mcp-Param-Other": "x"}, {"region": "eu"}, True),
        ({}, {}, True),
        ({"Mcp-Param-Region": "us"}, {"region": "eu"}, False),
        ({"Mcp-Param-Region": "eu"}, {}, False),
        ({}, {"region": "eu"}, False),
    ],
)
def test_a_parameters_header_is_compared_where_the_tool_declares_it(
    headers: dict[str, str], arguments: dict[str, str], fits: bool
) -> None:
    call = message.Message(3, "tools/call", {"name": "add", "arguments": arguments})
    stop = envelope.check_params(envelope.of(request(*headers.items())), call, SCHEMA)
    assert (stop is None) == fits
    assert stop is None or (stop.status, stop.code) == (400, -32020)


@pytest.mark.parametrize(
    ("headers", "readable"),
    [
        ({"Content-Type": "application/json"}, True),
        ({"Content-Type": 'application/json; charset="UTF-8"', "Content-Encoding": "identity"}, True),
        ({}, True),
        ({"Content-Type": "application/json; charset=utf-16"}, False),
        ({"Content-Type": "application/json; charset=utf-7"}, False),
        ({"Content-Encoding": "gzip"}, False),
    ],
)
def test_a_body_is_read_as_everybody_reads_it(headers: dict[str, str], readable: bool) -> None:
    stop = envelope.of(request(*headers.items())).unreadable
    assert (stop is None) == readable
    assert stop is None or stop.status == 415
