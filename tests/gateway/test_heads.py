"""What is read in one pass is what the parser reads, and nothing that it would refuse."""

from typing import Any

import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consentry.gateway import heads, model
from consentry.gateway.bearer import NoBearer
from consentry.gateway.head import Answer
from consentry.gateway.heads import LONGEST_HEAD_BYTES, MOST_HEADS, Request, head_of
from consentry.gateway.memory import LONGEST_REMEMBERED_BYTES, MOST_REMEMBERED
from consentry.gateway.model import Message
from consentry.gateway.said import Heads

STEADY = settings(max_examples=300, deadline=None, derandomize=True, database=None)


class Told:
    """What llhttp tells of one message."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.begun = self.whole = 0
        self.lasting = False
        self.parser: Any = None

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.lasting = self.parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole += 1


def told(parser_type: Any, data: bytes) -> tuple[Told, Any] | None:
    """None where it is not one whole message that leaves its connection open."""
    seen = Told()
    parser = seen.parser = parser_type(seen)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    kept = seen.whole == seen.begun == 1 and seen.lasting
    return (seen, parser) if kept else None


def read_request(data: bytes) -> Request | None:
    """Where `data` is one from its first byte to its last."""
    head = head_of(data)
    read = heads.read_request(head)
    return read if read is not None and len(head) + read.length == len(data) else None


def read_answer(data: bytes) -> Answer | None:
    head = head_of(data)
    read = heads.read_answer(head)
    return read if read is not None and len(head) + read.length == len(data) else None


LINES = st.sampled_from(
    [
        b"Host: x",
        b"accept:*/*",
        b"Content-Length: 4",
        b"content-length: 0",
        b"Content-Length: 04",
        b"Content-Length: +4",
        b"Content-Length: 4, 4",
        b"Content-Length:",
        b"Content-Length: 99999999999999999999",
        b"Content-Length : 4",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Connection: close",
        b"Connection: Keep-Alive",
        b"Connection: keep-alive, X-Hop",
        b"Proxy-Connection: close",
        b"Upgrade: h2c",
        b"Expect: 100-continue",
        b" folded",
        b"\tfolded",
        b": no name",
        b"no colon",
        b"X:  two spaces ",
        b"X: a\x00b",
        b"X: a\rb",
        b"X: a\nContent-Length: 5",
        b"X: \xe9\xff",
        b"X\xe9: 1",
        b"X-\x7f: 1",
        b"X: a\x7fb",
        b"",
        b"\n",
    ]
)
NOISE = st.binary(max_size=12)
FIELDS = st.lists(
    st.one_of(LINES, LINES, st.builds(lambda name, value: name + b": " + value, NOISE, NOISE)), max_size=4
)
BODIES = st.sampled_from([b"", b"data", b"dat", b"data\r\n", b"dataGET / HTTP/1.1\r\n\r\n", b"4\r\ndata\r\n0\r\n\r\n"])
FIRST = st.one_of(
    st.sampled_from([b"POST /mcp/notes HTTP/1.1", b"GET /mcp/notes HTTP/1.1", b"DELETE /mcp/a-b/ HTTP/1.1"]),
    st.sampled_from([b"POST /mcp/notes HTTP/1.1\r\nHost: x", b"GET /mcp/notes HTTP/1.1\r\nhost:x"]),
    st.sampled_from(
        [
            b"POST  /mcp HTTP/1.1",
            b"POST /mcp HTTP/1.0",
            b"POST /mcp HTTP/1.1 ",
            b"POST //evil.example/mcp HTTP/1.1",
            b"GET http://x/mcp HTTP/1.1",
            b"CONNECT x:80 HTTP/1.1",
            b"GET /mcp#x HTTP/1.1",
            b"GET /mcp?access_token=x HTTP/1.1",
            b"GET /%6dcp HTTP/1.1",
            b"GET /m\xc3\xa9 HTTP/1.1",
            b"get /mcp HTTP/1.1",
            b"\r\nGET /mcp HTTP/1.1",
        ]
    ),
    NOISE.map(lambda path: b"POST /" + path + b" HTTP/1.1"),
)
STATUS = st.one_of(
    st.integers(0, 999).map(lambda status: b"HTTP/1.1 %03d OK" % status),
    st.sampled_from([b"HTTP/1.1 200 ", b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/2 200 OK", b"HTTP/1.1 +20 OK"]),
    NOISE.map(lambda reason: b"HTTP/1.1 200 " + reason),
)
ENDS = st.sampled_from([b"\r\n\r\n", b"\r\n\r\n", b"\r\n\r\n", b"\n\n", b"\r\n", b"\r\n\n"])


@STEADY
@given(FIRST, FIELDS, ENDS, BODIES)
@example(b"POST /mcp/notes HTTP/1.1", [b"Host: x", b"Content-Length: 4"], b"\r\n\r\n", b"data")
def test_a_plain_request_is_what_the_parser_says_it_is(
    first: bytes, fields: list[bytes], end: bytes, body: bytes
) -> None:
    data = b"\r\n".join([first, *fields]) + end + body
    read = read_request(data)
    if read is None:
        return
    there = told(httptools.HttpRequestParser, data)
    assert there is not None
    seen, parser = there
    assert parser.get_method().decode() == read.method
    assert httptools.parse_url(seen.url).path.decode() == read.path
    assert httptools.parse_url(seen.url).query is None
    assert tuple(seen.headers) == read.headers
    assert seen.body == data[len(data) - read.length :]
    assert not parser.should_upgrade()
    assert parser.get_http_version() == "1.1"


class Taking:
    """A gateway for everything."""

    def read(self, scope: Message) -> model.Request:
        return model.Request(scope["method"], scope["path"], b"", scope["headers"], NoBearer.ABSENT)


REMEMBERED = Heads(lambda scope: Taking())  # type: ignore[arg-type, return-value]


@STEADY
@given(FIRST, FIELDS, ENDS, BODIES)
@example(b"POST /mcp/notes HTTP/1.1", [b"Host: x", b"Content-Length: 4"], b"\r\n\r\n", b"data")
@example(b"POST /mcp/notes HTTP/1.1", [b"content-length: 4", b"Host: x"], b"\r\n\r\n", b"data")
@example(b"POST /mcp/notes HTTP/1.1", [b"content-length: 4", b"Content-Length: 4"], b"\r\n\r\n", b"data")
@example(b"POST /mcp/notes HTTP/1.1", [b"Content-Length: ", b"Host: x"], b"\r\n\r\n", b"")
@example(b"POST /mcp/notes HTTP/1.1", [b"Content-Length: 4 ", b"Host: x"], b"\r\n\r\n", b"data")
def test_a_head_without_its_number_is_remembered_as_what_it_was(
    first: bytes, fields: list[bytes], end: bytes, body: bytes
) -> None:
    head = head_of(b"\r\n".join([first, *fields]) + end)
    read = read_request(head + body)
    for _ in range(2):
        found = REMEMBERED.find(head, len(body))
        assert (found is None) == (read is None)
        if found is not None and read is not None:
            assert (found[1].method, found[1].slug) == (read.method, read.path)
            assert sorted(found[1].headers) == sorted(read.headers)


@STEADY
@given(STATUS, FIELDS, ENDS, BODIES)
@example(b"HTTP/1.1 200 OK", [b"Content-Length: 4"], b"\r\n\r\n", b"data")
def test_a_plain_answer_is_what_the_parser_says_it_is(
    first: bytes, fields: list[bytes], end: bytes, body: bytes
) -> None:
    data = b"\r\n".join([first, *fields]) + end + body
    read = read_answer(data)
    if read is None:
        return
    there = told(httptools.HttpResponseParser, data)
    assert there is not None
    seen, parser = there
    assert parser.get_status_code() == read.status
    assert tuple(seen.headers) == read.headers
    assert seen.body == data[len(data) - read.length :]
    assert read.length >= 0


PLAIN = b"POST /mcp/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


def test_what_clients_commonly_send_is_plain() -> None:
    read = read_request(PLAIN + b"Connection: keep-alive\r\nAccept: a, b\r\n\r\ndata")
    assert read is not None
    assert (read.method, read.path, read.length) == ("POST", "/mcp/notes", 4)
    assert read.headers[-1] == (b"accept", b"a, b")
    assert read_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") is not None


@pytest.mark.parametrize(
    "data",
    [
        PLAIN + b"Content-Length: 4\r\n\r\ndata",
        PLAIN + b"Transfer-Encoding: chunked\r\n\r\ndata",
        PLAIN + b"Expect: 100-continue\r\n\r\ndata",
        PLAIN + b"Connection: close\r\n\r\ndata",
        PLAIN + b"\r\ndat",
        PLAIN + b"\r\ndata and more",
        PLAIN[:-2],
    ],
)
def test_what_may_be_read_in_another_way_is_not_plain(data: bytes) -> None:
    assert read_request(data) is None


def test_what_is_remembered_is_bounded() -> None:
    for number in range(MOST_REMEMBERED * 2):
        read_request(b"GET /%d HTTP/1.1\r\nX-%d: %d\r\n\r\n" % (number, number, number))
        read_answer(b"HTTP/1.1 200 %d\r\nContent-Length: 0\r\n\r\n" % number)
    read_request(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 1000 + b"\r\n\r\n")
    read_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"x: %b\r\n" % (b"x" * 3000) + b"\r\n")
    for memory in (heads._REQUESTS, heads._FIELDS):
        assert 0 < len(memory) <= MOST_REMEMBERED
        assert max(map(len, memory)) <= LONGEST_REMEMBERED_BYTES
    assert 0 < len(heads._ANSWERS) <= MOST_HEADS
    assert max(map(len, heads._ANSWERS)) <= LONGEST_HEAD_BYTES
