"""The head of a whole and plain message, taken apart in one pass: RFC 9112 §2-§6. Any other goes to the parser.

Plain is less than what HTTP allows, and is read in one way by everybody: no coding, no upgrade, no name twice,
nothing folded, no space where none is needed. So the parser would have said the same, and a test holds the two
together.
"""

import re
from typing import NamedTuple

from consentry.gateway.head import Answer
from consentry.gateway.memory import Memory
from consentry.gateway.model import Header, Headers

HEAD_LIMIT_BYTES = 64 * 1024
# Of whole heads, which clients and servers repeat call by call, so many are remembered.
MOST_HEADS = 2048
LONGEST_HEAD_BYTES = 2048

_REQUEST = re.compile(rb"(GET|POST|DELETE) (/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@/-]*) HTTP/1\.1")
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*")
_FIELD = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)"
)
_LENGTH = re.compile(rb"0|[1-9][0-9]{0,8}")
# What says how a message is to be read, or what becomes of its connection.
_NOT_PLAIN = frozenset(
    {b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection", b"http2-settings", b"trailer", b"te"}
)


class Request(NamedTuple):
    """`headers` have lower case names; `length` is that of the body."""

    method: str
    path: str
    headers: Headers
    length: int


class _NotPlainError(Exception):
    """Whatever it is, the parser may read it."""


def head_of(data: bytes) -> bytes:
    """What stands before a body, with the empty line behind it; nothing where there is no end, or a late one."""
    end = data.find(b"\r\n\r\n", 0, HEAD_LIMIT_BYTES)
    return data[: end + 4] if end > 0 else b""


def read_request(head: bytes) -> Request | None:
    lines = head[:-4].split(b"\r\n")
    try:
        method, path = _REQUESTS[lines[0]]
        headers, length = _fields(lines)
    except _NotPlainError:
        return None
    if not any(name == b"host" for name, _ in headers):  # RFC 9112 §3.2
        return None
    return Request(method, path, headers, length or 0)


def read_length(value: bytes) -> int | None:
    """A number as a plain head states it."""
    return _LENGTHS[value]


def read_answer(head: bytes) -> Answer | None:
    """With a stated length."""
    return _ANSWERS[head]


def _answer(head: bytes) -> Answer | None:
    lines = head[:-4].split(b"\r\n")
    try:
        status = _STATUSES[lines[0]]
        headers, length = _fields(lines)
    except _NotPlainError:
        return None
    return Answer(status, headers, length) if length is not None else None


def _fields(lines: list[bytes]) -> tuple[Headers, int | None]:
    """The headers behind the first line, and the length that they state."""
    headers = tuple(map(_FIELDS.__getitem__, lines[1:]))
    named = dict(headers)
    if len(named) != len(headers):
        raise _NotPlainError
    stated = named.get(b"content-length")
    return headers, None if stated is None else int(stated)


def _request(line: bytes) -> tuple[str, str]:
    found = _REQUEST.fullmatch(line)
    if found is None:
        raise _NotPlainError
    return found[1].decode(), found[2].decode()


def _status(line: bytes) -> int:
    found = _STATUS.fullmatch(line)
    if found is None or found[1] in (b"204", b"304"):
        raise _NotPlainError
    return int(found[1])


def _length(value: bytes) -> int | None:
    return int(value) if _LENGTH.fullmatch(value) else None


def _field(line: bytes) -> Header:
    found = _FIELD.fullmatch(line)
    if found is None:
        raise _NotPlainError
    name, value = found[1].lower(), found[2]
    if name in _NOT_PLAIN or (name == b"connection" and value.lower() != b"keep-alive"):
        raise _NotPlainError
    if name == b"content-length" and _length(value) is None:
        raise _NotPlainError
    return name, value


_REQUESTS = Memory(_request)
_STATUSES = Memory(_status)
_FIELDS = Memory(_field)
_LENGTHS = Memory(_length)
# A server's answers differ in their length and, once a second, in their date.
_ANSWERS = Memory(_answer, LONGEST_HEAD_BYTES, MOST_HEADS)
