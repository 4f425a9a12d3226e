"""What a body asks for: whatever a client writes, a tool call is one."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.formats import Bearer
from consentry.gateway import message
from consentry.gateway.asked import (
    LONGEST_NAME,
    MOST_READ_BYTES,
    UNREADABLE,
    Reading,
    addressed,
    read,
    single,
    worth_reading,
)
from consentry.gateway.message import Body
from consentry.gateway.model import Asked, Forward, Headers, Request, Stop
from consentry.limits.quota import Plan
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import HEADER_MISMATCH, INTERNAL_ERROR
from tests.gateway.remembered import NOW, access, new_token, target

FREE = Plan("free", 20)
CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "add", "arguments": {"name": "other"}}}


def asked(said: Any) -> Asked:
    return read(json.dumps(said).encode())


def test_a_tool_call_is_told_with_its_tool() -> None:
    assert asked(CALL) == Asked("tools/call", "add", 1)


@pytest.mark.parametrize("method", ["ping", "tools/list", "initialize", "notifications/initialized", "prompts/get"])
def test_what_is_no_tool_call_counts_for_none(method: str) -> None:
    assert asked({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": "add"}}) == Asked(method, "", 0)


MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(st.integers(), st.text(), st.none(), st.floats(allow_nan=False), st.just("x" * 300)),
        "method": st.one_of(st.sampled_from(["tools/call", "ping", "tools/\x00", "Tools/call"]), st.text(), st.none()),
        "params": st.fixed_dictionaries({}, optional={"name": st.one_of(st.text(), st.integers(), st.just("x" * 200))}),
        "result": st.just({}),
    },
)


@given(st.one_of(MEMBERS, st.lists(MEMBERS, max_size=2)))
def test_what_was_read_strictly_says_what_reading_once_more_would(said: Any) -> None:
    body = json.dumps(said).encode()
    strictly = message.parse(body)
    if isinstance(strictly, Body) and (found := single(strictly)) is not None:
        assert found == read(body)


def test_an_answer_to_a_servers_own_request_counts_for_none() -> None:
    assert asked({"jsonrpc": "2.0", "id": 1, "result": {}}) == Asked("response")
    assert asked({"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}) == Asked("response")


def test_an_error_is_about_the_call_that_it_answers_where_there_is_one() -> None:
    post = Request("POST", "notes", b"", (), new_token())
    said, away = json.dumps(CALL).encode(), Stop(503, "Away.")
    assert addressed(away, post, said).id == 7  # type: ignore[union-attr]
    response = b'{"jsonrpc":"2.0","id":7,"result":{}}'
    for unknown in (b"", b"{", json.dumps([CALL]).encode(), said.ljust(MOST_READ_BYTES + 1), b'{"id": {}}', response):
        assert addressed(away, post, unknown) == away
    # Whose body is at fault has no id that could be relied on; no other method has a body.
    assert addressed(Stop(400, "Malformed."), post, said).id is None  # type: ignore[union-attr]
    assert addressed(away, Request("GET", "notes", b"", (), new_token()), said) == away
    answered = addressed(Stop(503, "Away.", id=8), post, said)
    assert answered == Stop(503, "Away.", id=8)
    challenge = Challenge(None, frozenset())
    assert addressed(challenge, post, said) is challenge


def test_an_error_is_about_a_call_that_was_read_before_and_has_gone_up() -> None:
    for said, answered in ((CALL | {"id": "a-1"}, "a-1"), ([CALL], None), ({"id": 7, "result": {}}, None)):
        read_before = Request("POST", "notes", b"", (), new_token()).reading(json.dumps(said).encode())
        assert isinstance(message.of(read_before), Body)
        assert addressed(Stop(502, "Broken."), read_before, b"") == Stop(502, "Broken.", id=answered)


def test_a_batch_counts_for_as_many_calls_as_are_in_it() -> None:
    batch = [CALL, CALL | {"params": {"name": "zap"}}, {"method": "ping"}, CALL]
    assert asked(batch) == Asked("batch", "add, zap", 3)
    assert asked([]) == Asked("batch", "", 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{",
        b'{"method": "tools/call"} {}',
        b"[" * 100_000,
        json.dumps({"METHOD": "tools/call"}).encode(),
        b"7",
        b'{"method": ["tools/call"]}',
    ],
)
def test_what_cannot_be_read_counts_as_a_call(body: bytes) -> None:
    assert (read(body).calls, read(body).tool) == (1, "")


@pytest.mark.parametrize("params", [None, [], "add", {}, {"name": 7}, {"name": None}])
def test_a_call_that_names_no_tool_is_a_call(params: Any) -> None:
    assert asked(CALL | {"params": params}) == Asked("tools/call", "", 1)


@given(name=st.text(), method=st.text())
def test_names_are_short_and_such_as_every_database_and_terminal_takes(name: str, method: str) -> None:
    for found in (asked(CALL | {"params": {"name": name}}).tool, asked({"method": method}).method):
        assert len(found) <= LONGEST_NAME
        assert found.isprintable()
        found.encode()


@pytest.mark.parametrize("odd", ["\ud800", "a\x00b", "\x1b[2J", "n" * 5000])
def test_the_worst_names_are_taken_too(odd: str) -> None:
    assert asked(CALL | {"params": {"name": odd}}).tool.isprintable()
    assert len(asked([CALL | {"params": {"name": f"{odd}{number}"}} for number in range(50)]).tool) <= LONGEST_NAME


@pytest.mark.parametrize("odd", [True, 1.5, None, {}, "n" * 257])
def test_an_id_that_json_rpc_does_not_know_is_not_repeated(odd: Any) -> None:
    post, said = Request("POST", "notes", b"", (), new_token()), json.dumps(CALL | {"id": odd}).encode()
    for request in (post, post.reading(said)):
        message.of(request)
        assert addressed(Stop(503, "Away."), request, said) == Stop(503, "Away.")


# The policy.


def request(method: str = "POST", body: bytes | None = None, **headers: str) -> Request:
    token: Bearer = new_token()
    named: Headers = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Request(method, "notes", b"", named, token, body)


def forward(plan: Plan | None = None) -> Forward:
    found = target()
    return Forward(replace(found, plan=plan) if plan else found, access())


def test_bodies_of_a_sensible_size_are_read_and_where_calls_are_limited_all_are() -> None:
    reading = Reading()
    small, large = request(content_length="80"), request(content_length=str(MOST_READ_BYTES + 1))
    chunked = request(transfer_encoding="chunked")
    assert [reading.needs_body(one, forward()) for one in (small, large, chunked)] == [True, False, False]
    assert [reading.needs_body(one, forward(FREE)) for one in (small, large, chunked)] == [True] * 3
    assert not reading.needs_body(request("GET"), forward(FREE))


def test_the_body_is_believed_and_not_the_headers() -> None:
    lying = request(body=json.dumps(CALL).encode(), mcp_method="ping", mcp_name="harmless")
    passed = Reading().judge(lying, forward(FREE), NOW)
    assert isinstance(passed, Forward)
    assert passed.asked == Asked("tools/call", "add", 1)


STATELESS = {"mcp_protocol_version": "2026-07-28", "mcp_method": "tools/call", "mcp_name": "add"}


@pytest.mark.proves("G10")
@pytest.mark.parametrize("plan", [None, FREE])
@pytest.mark.parametrize(
    "wrong",
    [
        {"mcp_method": "tools/list"},
        {"mcp_name": "other"},
        {"mcp_name": "=?base64?!?="},
        {"mcp_protocol_version": "2025-11-25"},
    ],
)
def test_where_no_rule_goes_by_them_headers_of_the_stateless_revision_have_to_be_true_too(
    wrong: dict[str, str], plan: Plan | None
) -> None:
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
    call = CALL | {"params": {"name": "add", "_meta": meta}}
    body = json.dumps(call).encode()
    assert isinstance(Reading().judge(request(body=body, **STATELESS), forward(plan), NOW), Forward)
    refused = Reading().judge(request(body=body, **(STATELESS | wrong)), forward(plan), NOW)
    assert isinstance(refused, Stop)
    assert (refused.status, refused.code, refused.id) == (400, HEADER_MISMATCH, 7)
    for missing in STATELESS:
        said = {name: value for name, value in STATELESS.items() if name != missing}
        assert isinstance(Reading().judge(request(body=body, **said), forward(plan), NOW), Stop)


def test_what_other_revisions_say_in_headers_is_between_client_and_server() -> None:
    for version in ("2025-11-25", "2031-01-01"):
        said = {"mcp_protocol_version": version, "mcp_method": "tools/list"}
        passed = Reading().judge(request(body=json.dumps(CALL).encode(), **said), forward(), NOW)
        assert isinstance(passed, Forward)
        assert passed.asked == Asked("tools/call", "add", 1)


def test_of_a_body_that_is_not_read_the_headers_are_all_there_is() -> None:
    def told(**headers: str) -> Asked | None:
        passed = Reading().judge(request("POST", None, **headers), forward(), NOW)
        assert isinstance(passed, Forward)
        return passed.asked

    assert told(mcp_method="tools/call", mcp_name="add") == Asked("tools/call", "add", 1)
    assert told(mcp_method="resources/read", mcp_name="file:///x") == Asked("resources/read")
    assert told() == UNREADABLE


def test_what_has_no_body_asks_for_nothing() -> None:
    passed = Reading().judge(request("GET"), forward(), NOW)
    assert isinstance(passed, Forward)
    assert passed.asked is None


MANY = json.dumps([CALL] * 1000).encode()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"add"}}', {}, 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"add"}}', {}, 400),
        (b'[{"id":1,"method":"ping","Method":"tools/call"}]', {}, 400),
        (MANY + b" x", {}, 400),
        (gzip.compress(MANY), {"content_encoding": "gzip"}, 415),
        (MANY, {"content_type": "application/json; charset=utf-7"}, 415),
    ],
)
def test_where_calls_are_limited_no_body_passes_that_may_be_more_than_it_looks(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    sent = request(body=body, **headers)
    refused = Reading().judge(sent, forward(FREE), NOW)
    assert isinstance(refused, Stop)
    assert refused.status == status
    assert isinstance(Reading().judge(sent, forward(), NOW), Forward)


def test_where_calls_are_limited_what_is_plain_passes() -> None:
    for body in (json.dumps(CALL).encode(), MANY, b'{"jsonrpc":"2.0","method":"ping"}', b'{"id":1,"result":{}}'):
        passed = Reading().judge(request(body=body, content_type="application/json"), forward(FREE), NOW)
        assert isinstance(passed, Forward)
        assert passed.asked == read(body)


def test_a_body_is_waited_for_only_where_whoever_calls_may_come_in_and_it_is_small() -> None:
    sized: Headers = ((b"content-length", b"100"),)
    post, paused = Request("POST", "notes", b"", sized, new_token()), Stop(503, "Paused.", code=INTERNAL_ERROR)
    assert worth_reading(post, paused)
    assert not worth_reading(post, Stop(404, "Nothing here."))
    assert not worth_reading(post, Challenge(None, frozenset()))
    assert not worth_reading(post, replace(paused, id=1))
    assert not worth_reading(Request("DELETE", "notes", b"", sized, new_token()), paused)
    for length in (b"0", str(MOST_READ_BYTES + 1).encode()):
        other = Request("POST", "notes", b"", ((b"content-length", length),), new_token())
        assert not worth_reading(other, paused)
