"""Bodies of one kind are judged once for a head, and alike: a call of the same tool differs in what is not judged."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consentry.deployments.scope_map import parse
from consentry.gateway import settled, tool_rules
from consentry.gateway.app import Gateway
from consentry.gateway.asked import Reading
from consentry.gateway.bearer import NoBearer
from consentry.gateway.envelope import LONGEST_TOOL, Kind, kind
from consentry.gateway.known_tools import KnownTools
from consentry.gateway.model import Forward, Headers, Policy, Request, Stop
from consentry.gateway.quota import Quota
from consentry.gateway.tool_rules import ToolRules
from consentry.gateway.upstream import Upstreams
from consentry.limits.leases import Leases
from consentry.limits.quota import Plan
from tests.gateway.calling import Caller, calling
from tests.gateway.remembered import NOW, Recalled, access, new_token, target
from tests.gateway.serving import serving
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio

ADD_ONLY = parse(["mcp=add,search_*"])
VERSION = "io.modelcontextprotocol/protocolVersion"
POLICIES: tuple[Policy, ...] = (
    Reading(),
    ToolRules(KnownTools(None, lambda: NOW)),  # type: ignore[arg-type]
    Quota(Leases(None, None, lambda: NOW)),  # type: ignore[arg-type]
)
TARGETS = (
    target(),
    replace(target(), scopes=ADD_ONLY),
    replace(target(), scopes=ADD_ONLY, hide_tools=True, plan=Plan("free", 20)),
    replace(target(), scopes=parse(["mcp=@read,add"])),
)


def said(tool: Any = "add", meta: Any = None, call_id: Any = 1, arguments: Any = None) -> bytes:
    params = {"name": tool, "arguments": arguments or {}} | ({} if meta is None else {"_meta": meta})
    return json.dumps({"jsonrpc": "2.0", "id": call_id, "method": "tools/call", "params": params}).encode()


def post(body: bytes, headers: Headers = ()) -> Request:
    return Request("POST", "notes", b"", (*headers, (b"content-length", b"%d" % len(body))), NoBearer.ABSENT, body)


HEADERS = st.lists(
    st.sampled_from(
        [
            (b"mcp-protocol-version", b"2026-07-28"),
            (b"mcp-protocol-version", b"2025-06-18"),
            (b"mcp-protocol-version", b"1999-01-01"),
            (b"mcp-method", b"tools/call"),
            (b"mcp-method", b"ping"),
            (b"mcp-name", b"add"),
            (b"mcp-name", b"zap"),
            (b"mcp-param-a", b"1"),
            (b"content-type", b"application/json; charset=utf-7"),
            (b"content-encoding", b"gzip"),
        ]
    ),
    max_size=4,
).map(tuple)
TOOLS = st.sampled_from(["add", "zap", "search_x", "", "a" * LONGEST_TOOL, "a" * (LONGEST_TOOL + 1), "\x00"])
METAS = st.sampled_from([None, {}, {VERSION: "2026-07-28"}, {VERSION: "2025-06-18"}, {VERSION: "2027-01-01"}, 7])
REST = st.tuples(st.one_of(st.integers(), st.text()), st.dictionaries(st.text(), st.integers(), max_size=3))


@given(headers=HEADERS, tool=TOOLS, meta=METAS, one=REST, other=REST)
@example((), "add", None, (1, {"a": 1}), ("x", {}))
@example(((b"mcp-protocol-version", b"2026-07-28"),), "add", {VERSION: "2026-07-28"}, (1, {}), (2, {"b": 1}))
@example(((b"mcp-name", b"zap"),), "add", None, (1, {}), (2, {}))
@example(((b"mcp-param-a", b"1"),), "add", None, (1, {"a": 1}), (2, {"a": 2}))
def test_a_policy_that_settles_a_kind_says_the_same_of_all_bodies_of_that_kind(
    headers: Headers, tool: str, meta: Any, one: tuple[Any, Any], other: tuple[Any, Any]
) -> None:
    first, second = (post(said(tool, meta, *rest), headers) for rest in (one, other))
    assert kind(first) == kind(second)
    for each in TARGETS:
        let_in = Forward(each, access())
        for policy in POLICIES:
            if not policy.settles(first, let_in):
                continue
            assert policy.settles(second, let_in)
            judged = [policy.judge(first, let_in, NOW), policy.judge(second, let_in, NOW + 1000)]
            before, later = (replace(it, id=None) if isinstance(it, Stop) else it for it in judged)
            assert before == later


def test_a_kind_is_a_call_of_one_tool_by_its_name_and_its_revision() -> None:
    assert kind(post(said())) == kind(post(said(call_id="x", arguments={"a": 1}))) == Kind("add", None)
    assert kind(post(said(meta={VERSION: "2026-07-28"}))) == Kind("add", "2026-07-28")
    call = json.loads(said())
    others: list[Any] = [[call], call | {"method": "ping"}, call | {"params": {}}, call | {"id": {}}, 7]
    for none in (*(json.dumps(other).encode() for other in others), b"{", said(meta={VERSION: "2027-01-01"})):
        assert kind(post(none)) is None
    assert kind(post(said(meta={VERSION: ["2026-07-28"]}))) is None
    assert kind(post(said("a" * (LONGEST_TOOL + 1)))) is None
    assert kind(Request("POST", "notes", b"", (), NoBearer.ABSENT)) is None  # not read


def test_what_has_to_be_looked_up_or_counted_settles_no_kind() -> None:
    reading, rules, quota = POLICIES
    open_to, by_name, limited, by_effect = (Forward(each, access()) for each in TARGETS)
    assert all(policy.settles(post(said()), by_name) for policy in (reading, rules))
    assert not quota.settles(post(said()), limited)
    assert not quota.settles(post(said()), open_to)
    assert not rules.settles(post(said("unheard_of")), by_effect)
    assert not rules.settles(post(said(), ((b"mcp-param-a", b"1"),)), by_name)


@dataclass
class Here:
    caller: Caller
    find: Recalled
    head: bytes

    async def calls(self, body: bytes) -> int:
        await self.caller.say(self.head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return (await self.caller.answer())[0]


@asynccontextmanager
async def standing() -> AsyncIterator[Here]:
    find, token = Recalled(), new_token()
    async with serving(echo) as url, Upstreams() as upstreams:
        find.targets["notes"] = replace(target("notes", url), scopes=ADD_ONLY)
        find.accesses[token.digest()] = access(expires_at=NOW + 100)
        gateway = Gateway(
            find=find,
            upstreams=upstreams,
            clock=lambda: NOW,
            new_request_id=lambda: "req_1",
            policies=POLICIES[:2],
        )
        head = f"POST /mcp/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token.reveal()}\r\n".encode()
        async with serving(gateway) as base, calling(base) as caller:
            yield Here(caller, find, head)


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with standing() as built:
        assert [await built.calls(said(call_id=number)) for number in range(3)] == [200] * 3
        yield built


async def test_calls_of_one_kind_are_judged_once(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_rules, "verdict", None)
    assert await here.calls(said(call_id="another", arguments={"a": 5})) == 200
    assert await here.calls(said("search_notes")) == 500  # a kind that was not seen yet


async def test_a_tool_that_is_not_open_is_refused_however_often_another_was_called(here: Here) -> None:
    for _ in range(3):
        assert await here.calls(said("zap")) == 403
        assert await here.calls(said()) == 200
        assert await here.calls(json.dumps([json.loads(said()), json.loads(said("zap"))]).encode()) == 403
        assert await here.calls(said(meta={VERSION: "2026-07-28"})) == 400


async def test_a_tool_that_is_closed_is_so_at_the_next_call(here: Here) -> None:
    here.find.targets["notes"] = replace(here.find.targets["notes"], scopes=parse(["mcp=search_*"]))
    assert await here.calls(said()) == 403


async def test_only_so_many_kinds_are_remembered_and_the_others_are_judged_anew(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled, "MOST_KINDS", 2)
    for _ in range(2):
        assert [await here.calls(said(f"search_{number}")) for number in range(5)] == [200] * 5
    monkeypatch.setattr(tool_rules, "verdict", None)
    assert [await here.calls(said(tool)) for tool in ("add", "search_0", "search_1")] == [200, 200, 500]


async def test_kinds_of_many_heads_fill_no_more_memory_than_is_meant_for_them(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled, "MOST_KINDS_IN_ALL", 5)
    monkeypatch.setattr(settled, "_remembering", [])
    first = here.head
    for number in range(4):
        here.head = first + b"User-Agent: agent/%d\r\n" % number
        for _ in range(2):
            assert [await here.calls(said(f"search_{tool}")) for tool in range(3)] == [200] * 3
            assert await here.calls(said("zap")) == 403
        assert sum(len(kinds) for kinds in {id(each): each for each in settled._remembering}.values()) <= 5
