"""The strict reading of bodies."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.gateway.message import MOST_CONTAINERS, MOST_DEPTH, Body, Message, parse
from consentry.gateway.model import Stop

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "add", "arguments": {"a": [1, 2]}}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def code(body: bytes) -> tuple[int, int]:
    read = parse(body)
    assert isinstance(read, Stop), read
    return read.status, read.code


def test_a_message_is_read() -> None:
    read = parse(json.dumps(CALL).encode())
    assert read == Body((Message(7, "tools/call", CALL["params"]),))  # type: ignore[arg-type]
    assert isinstance(read, Body)
    assert read.messages[0].tool == "add"
    assert read.id == 7


def test_a_batch_is_read_message_by_message() -> None:
    read = parse(json.dumps([CALL, {"jsonrpc": "2.0", "id": "x", "result": {}}]).encode())
    assert isinstance(read, Body)
    assert [(one.id, one.method) for one in read.messages] == [(7, "tools/call"), ("x", None)]
    assert read.batch
    assert read.id is None


@pytest.mark.proves("G17")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nothing", b'{"id": 1,}', b'{"id": NaN}', b"\xff\xfe{}", b'\xef\xbb\xbf{"id":1}', b'{"id":1} {}',
        b'{"method": "\xe9"}', '{"id":1}'.encode("utf-16"), '{"id":1}'.encode("utf-32"),
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", b"[" * 100_000, b'{"a":"' + b"\\" * 3,
    ],
)  # fmt: skip
def test_what_is_no_json_or_too_deep_is_a_parse_error(body: bytes) -> None:
    assert code(body) == (400, -32700)


@pytest.mark.parametrize(
    "body",
    [
        b"1", b'"x"', b"[]", b"[1]", b'{"method": 1}', b'{"method": "x", "params": []}', b'{"method": "x", "id": {}}',
        b'{"method": "x", "id": true}',
        b'{"method": "ping", "method": "tools/call"}',
        b'{"method": "tools/call", "params": {"name": "a", "name": "b"}}',
        b'{"method": "tools/call", "params": {"name": "a", "\\u006eame": "b"}}',
        b'{"method": "ping", "Method": "tools/call"}',
        b'{"method": "tools/call", "params": {"name": "a", "NAME": "b"}}',
        '{"method": "tools/call", "params": {}, "param\u017f": {"name": "b"}}'.encode(),
        b'{"method": "tools/call", "params": {"name": "a", "arguments": {"x": 1, "x": 2}}}',
    ],
)  # fmt: skip
def test_what_another_reader_could_take_otherwise_is_refused(body: bytes) -> None:
    assert code(body) == (400, -32600)


def test_arguments_may_be_named_as_they_like() -> None:
    said = {"Name": 1, "name": 2, "METHOD": 3}
    body = CALL | {"params": {"name": "add", "arguments": said}}
    read = parse(json.dumps(body).encode())
    assert isinstance(read, Body)
    assert read.messages[0].params["arguments"] == said


@pytest.mark.proves("G17")
def test_a_depth_that_is_allowed_is_read_and_brackets_in_strings_do_not_count() -> None:
    deep = b"[" * (MOST_DEPTH - 2) + b"]" * (MOST_DEPTH - 2)
    wordy = b'"' + b'{[\\"' * 50_000 + b'"'
    for argument in (deep, wordy, b"[" + b",".join([b"[]"] * 1000) + b"]"):
        body = b'{"method":"tools/call","params":{"a":%b}}' % argument
        assert isinstance(parse(body), Body)


@pytest.mark.proves("G17")
@pytest.mark.parametrize("part", [b"[],", b"{},", b'"\\"', b'\\"', b'"', b'{"":'])
def test_no_body_takes_long(part: bytes) -> None:
    body = b"[" + part * (4_000_000 // len(part))
    begun = time.process_time()
    assert isinstance(parse(body), Stop)
    assert time.process_time() - begun < 1.5


def test_too_many_parts_are_too_large() -> None:
    assert code(b"[" + b",".join([b"[]"] * (MOST_CONTAINERS + 1)) + b"]") == (413, -32600)


@given(JSON)
def test_no_json_makes_the_reader_raise(value: object) -> None:
    read = parse(json.dumps(value).encode())
    if isinstance(read, Body):
        assert all(one.method is None or isinstance(one.method, str) for one in read.messages)


@given(st.binary())
def test_no_bytes_make_the_reader_raise(body: bytes) -> None:
    assert isinstance(parse(body), Body | Stop)
