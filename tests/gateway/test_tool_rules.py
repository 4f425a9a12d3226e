"""Which calls a token may make, judged as plain values; and that what it is shown is just what it may call."""

import json
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.deployments.scope_map import EFFECTS, Effect, ScopeMap, parse
from consentry.gateway.bearer import NoBearer
from consentry.gateway.known_tools import AGAIN_SECONDS, FRESH_SECONDS, STALE_SECONDS, KnownTool, KnownTools, Tools
from consentry.gateway.model import Decision, Forward, Request, Stop, Target
from consentry.gateway.tool_rules import ToolRules
from consentry.spec.challenge import Challenge
from tests.gateway.remembered import NOW, access, target

pytestmark = pytest.mark.anyio

MAP = parse(["read=@read,search_*", "write=@write", "delete=@destructive", "all=*"])
TOOLS: dict[str, KnownTool] = {"show": KnownTool("reads"), "put": KnownTool("changes"), "wipe": KnownTool("destroys")}
HINTS: dict[Effect, dict[str, object]] = {
    "reads": {"readOnlyHint": True},
    "changes": {"readOnlyHint": False, "destructiveHint": False},
    "destroys": {},
}


class Server:
    """An MCP server as far as it is asked for its tools."""

    def __init__(self, tools: Tools | None) -> None:
        self.tools = tools
        self.asked = 0
        self.now = NOW

    async def __call__(self, target: Target) -> Tools | None:
        self.asked += 1
        return self.tools

    def rules(self) -> ToolRules:
        return ToolRules(KnownTools(self, lambda: self.now))


def forward(*granted: str, scopes: ScopeMap = MAP, hide: bool = False) -> Forward:
    return Forward(replace(target(), scopes=scopes, hide_tools=hide), access(scope=frozenset(granted)))


def call(name: str, call_id: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "method": "tools/call", "params": {"name": name, "arguments": {}}}


def request(*messages: object, **headers: str) -> Request:
    body = json.dumps(messages[0] if len(messages) == 1 else messages).encode()
    named = tuple((name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items())
    return Request("POST", "notes", b"", named, NoBearer.ABSENT, body)


async def decided(rules: ToolRules, asked: Request, passing: Forward) -> Decision:
    judged = rules.judge(asked, passing, NOW)
    return await judged if isinstance(judged, Awaitable) else judged


def needed(decision: Decision) -> set[str]:
    assert isinstance(decision, Challenge), decision
    assert (decision.error, decision.status) == ("insufficient_scope", 403)
    assert "scope=" not in decision.description
    assert "error=" not in decision.description
    return set(decision.scope)


@pytest.mark.proves("F9", "G16")
@pytest.mark.parametrize(
    ("granted", "tool", "lacking"),
    [
        (("read",), "put", {"read", "write"}),
        (("read",), "wipe", {"read", "delete"}),
        (("read",), "unheard_of", {"read", "delete"}),
        (("write",), "search_x", {"read", "write"}),
        (("read", "openid", "offline_access", "forgotten"), "put", {"read", "write", "openid"}),
    ],
)
async def test_a_call_outside_is_told_what_was_granted_and_what_is_missing(
    granted: tuple[str, ...], tool: str, lacking: set[str]
) -> None:
    rules = Server(TOOLS).rules()
    assert needed(await decided(rules, request(call(tool)), forward(*granted))) == lacking


@pytest.mark.proves("F10")
@pytest.mark.parametrize(("granted", "tool"), [("read", "show"), ("read", "search_x"), ("write", "put"), ("all", "x")])
async def test_a_call_inside_passes(granted: str, tool: str) -> None:
    passing = forward(granted)
    assert await decided(Server(TOOLS).rules(), request(call(tool)), passing) is passing


@pytest.mark.proves("F9")
@pytest.mark.parametrize("names", [("put", "wipe", "show"), ("wipe", "put", "show"), ("show", "wipe", "put")])
async def test_what_a_batch_needs_is_the_same_in_whatever_order_its_calls_stand(names: tuple[str, ...]) -> None:
    wide = parse(["some=show,put", "all=*"])
    rules, passing = Server(TOOLS).rules(), forward("openid", scopes=wide)
    assert needed(await decided(rules, request(*map(call, names)), passing)) == {"openid", "all"}
    assert needed(await decided(rules, request(call("put"), call("show")), passing)) == {"openid", "some"}


async def test_a_batch_is_judged_call_by_call_and_passes_whole_or_not_at_all() -> None:
    rules, passing = Server(TOOLS).rules(), forward("read")
    assert await decided(rules, request(call("show"), call("search_x", 2)), passing) is passing
    refused = await decided(rules, request(call("show"), call("put", 2), call("wipe", 3), call("put", 4)), passing)
    assert needed(refused) == {"read", "write", "delete"}


async def test_a_tool_that_no_scope_opens_is_no_reason_to_ask_for_more() -> None:
    stop = await decided(Server(TOOLS).rules(), request(call("wipe")), forward("read", scopes=parse(["read=@read"])))
    assert isinstance(stop, Stop)
    assert (stop.status, stop.code, stop.id) == (403, -32602, 1)


@pytest.mark.parametrize("params", [{}, {"name": 1}, {"name": None}, {"name": ["show"]}])
async def test_a_call_that_names_no_tool_is_refused(params: dict[str, Any]) -> None:
    asked = request({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    stop = await decided(Server(TOOLS).rules(), asked, forward("read"))
    assert isinstance(stop, Stop)
    assert (stop.status, stop.code) == (400, -32602)


async def test_what_calls_no_tool_passes() -> None:
    passing, server = forward("read"), Server(TOOLS)
    for method in ("initialize", "ping", "resources/read", "tools/list", "server/discover", "notifications/cancelled"):
        assert (
            await decided(server.rules(), request({"method": method, "params": {"name": "wipe"}}), passing) is passing
        )
    assert await decided(server.rules(), request({"jsonrpc": "2.0", "id": 1, "result": {}}), passing) is passing
    assert server.asked == 0


async def test_the_body_is_read_only_where_a_rule_needs_it() -> None:
    rules, unread = Server(TOOLS).rules(), Request("POST", "notes", b"", (), NoBearer.ABSENT)
    assert rules.needs_body(unread, forward("read"))
    assert rules.needs_body(unread, forward("all", hide=True))
    assert not rules.needs_body(unread, forward("all"))
    assert not rules.needs_body(unread, forward("all", "read"))
    assert not rules.needs_body(unread, Forward(target(), access()))
    assert not rules.needs_body(Request("GET", "notes", b"", (), NoBearer.ABSENT), forward("read", hide=True))
    for passing in (forward("all"), Forward(target(), access())):
        assert rules.judge(unread, passing, NOW) is passing


@pytest.mark.proves("G17")
async def test_a_body_that_cannot_be_read_is_refused_where_a_rule_needs_it() -> None:
    rules = Server(TOOLS).rules()
    stop = await decided(rules, request().reading(b"{"), forward("read"))
    assert isinstance(stop, Stop)
    assert (stop.status, stop.code) == (400, -32700)
    stop = await decided(rules, request(call("show"), Content_Encoding="gzip"), forward("read"))
    assert isinstance(stop, Stop)
    assert stop.status == 415


async def test_the_server_is_asked_only_where_the_name_does_not_tell_enough_and_once_a_minute() -> None:
    server = Server(TOOLS)
    rules = server.rules()
    for tool, asked in (("search_x", 0), ("show", 1), ("wipe", 1), ("put", 1)):
        await decided(rules, request(call(tool)), forward("read"))
        assert server.asked == asked
    server.now += FRESH_SECONDS
    await decided(rules, request(call("show")), forward("read"))
    assert server.asked == 2


async def test_a_tool_that_is_new_is_asked_for_again_after_seconds() -> None:
    server = Server(TOOLS)
    rules = server.rules()
    assert needed(await decided(rules, request(call("fresh")), forward("read"))) == {"read", "delete"}
    server.tools = TOOLS | {"fresh": KnownTool("reads")}
    assert isinstance(await decided(rules, request(call("fresh")), forward("read")), Challenge)
    server.now += AGAIN_SECONDS
    assert isinstance(await decided(rules, request(call("fresh")), forward("read")), Forward)
    assert server.asked == 2


async def test_a_tool_that_turns_destructive_is_seen_as_such_within_a_minute() -> None:
    server = Server(TOOLS)
    rules = server.rules()
    assert isinstance(await decided(rules, request(call("show")), forward("read")), Forward)
    server.tools = TOOLS | {"show": KnownTool("destroys")}
    server.now += FRESH_SECONDS
    assert needed(await decided(rules, request(call("show")), forward("read"))) == {"read", "delete"}


async def test_a_server_that_does_not_say_is_believed_for_a_while_and_then_nothing_passes() -> None:
    server = Server(TOOLS)
    rules = server.rules()
    await decided(rules, request(call("show")), forward("read"))
    server.tools = None
    for later in (FRESH_SECONDS, AGAIN_SECONDS - 1, STALE_SECONDS - FRESH_SECONDS - AGAIN_SECONDS):
        server.now += later
        assert isinstance(await decided(rules, request(call("show")), forward("read")), Forward)
    assert server.asked == 3  # who is not answered does not ask at every call
    server.now += 1
    stop = await decided(rules, request(call("show")), forward("read"))
    assert isinstance(stop, Stop)
    assert (stop.status, stop.code, stop.id) == (502, -32603, 1)
    assert isinstance(await decided(rules, request(call("search_x")), forward("read")), Forward)


@pytest.mark.proves("G10")
async def test_a_mirrored_parameter_is_compared_and_an_unknown_one_passes() -> None:
    schema = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
    rules = Server({"search_x": KnownTool("reads", schema)}).rules()
    named = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "search_x"}
    asked = call("search_x")
    asked["params"]["arguments"] = {"region": "eu"}
    good = request(asked, **named, Mcp_Param_Region="eu", Mcp_Param_Shade="green")
    assert isinstance(await decided(rules, good, forward("read")), Forward)
    stop = await decided(rules, request(asked, **named, Mcp_Param_Region="us"), forward("read"))
    assert isinstance(stop, Stop)
    assert (stop.status, stop.code) == (400, -32020)


@pytest.mark.proves("G16")
async def test_only_lists_are_looked_at_and_only_where_tools_are_hidden() -> None:
    rules, listing = Server(TOOLS).rules(), request({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    for asked, hide, looked_at in (
        (listing, True, True),
        (listing, False, False),
        (request(call("show")), True, False),
    ):
        passed = await decided(rules, asked, forward("read", hide=hide))
        assert isinstance(passed, Forward)
        assert (passed.answered is not None) == looked_at


async def test_a_stream_that_is_resumed_hides_the_same() -> None:
    asked = Request("GET", "notes", b"", (), NoBearer.ABSENT)
    for granted, looked_at in (("read", True), ("all", False)):
        passed = await decided(Server(TOOLS).rules(), asked, forward(granted, hide=True))
        assert isinstance(passed, Forward)
        assert (passed.answered is not None) == looked_at


SELECTORS = st.sampled_from(["@read", "@write", "@destructive", "*", "search_*", "*_x", "put"])
MAPS = st.dictionaries(
    st.sampled_from(["read", "write", "all"]), st.lists(SELECTORS, min_size=1).map(tuple), min_size=1
).map(lambda entries: ScopeMap(tuple(entries.items())))


@pytest.mark.proves("G16")
@given(
    MAPS,
    st.frozensets(st.sampled_from(["read", "write", "all"]), min_size=1),
    st.dictionaries(st.sampled_from(["search_x", "put", "wipe", "show", "é"]), st.sampled_from(EFFECTS), min_size=1),
)
async def test_what_is_listed_is_just_what_may_be_called(
    scopes: ScopeMap, granted: frozenset[str], tools: dict[str, Effect]
) -> None:
    rules = Server({name: KnownTool(effect) for name, effect in tools.items()}).rules()
    passing = forward(*granted, scopes=scopes, hide=True)
    listed = await decided(rules, request({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}), passing)
    assert isinstance(listed, Forward)
    assert listed.answered is not None
    _, looking = listed.answered(200, ((b"content-type", b"application/json"),))
    assert looking is not None
    answer = {"id": 1, "result": {"tools": [{"name": n, "annotations": HINTS[e]} for n, e in tools.items()]}}
    shown = json.loads(looking.feed(json.dumps(answer).encode()) + looking.end())
    callable_ = [name for name in tools if isinstance(await decided(rules, request(call(name)), passing), Forward)]
    assert [one["name"] for one in shown["result"]["tools"]] == callable_
