"""What a request asks for: the method and the tool that its body names, and how many tool calls it is."""

import json
from dataclasses import replace
from typing import Any

from consentry.gateway import envelope, message
from consentry.gateway.decide import content_length
from consentry.gateway.message import Body
from consentry.gateway.model import Asked, Decision, Forward, Request, Stop
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import INTERNAL_ERROR, CallId

Refused = Challenge | Stop
# Of an owner without a limit, larger bodies are not held up for the log's sake: nearly all of them are one tool call.
MOST_READ_BYTES = 64 * 1024
TOOLS_CALL = "tools/call"
LONGEST_NAME = 128
LONGEST_ID = 256


class Reading:
    """A policy that tells those after it and the log what a request is. It lets no stateless one pass whose headers say
    something else, and where calls are limited nothing that may be more than it looks."""

    def settles(self, request: Request, forward: Forward) -> bool:
        return request.method != "POST" or envelope.kind(request) is not None

    def needs_body(self, request: Request, forward: Forward) -> bool:
        """Headers say it too, but a client writes them: where calls are limited, the body counts whatever its size."""
        if request.method != "POST":
            return False
        if forward.target.plan.limited:
            return True
        return 0 < content_length(request) <= MOST_READ_BYTES

    def judge(self, request: Request, forward: Forward, now: int) -> Decision:
        if request.method != "POST":
            return forward
        if request.body is None:
            return forward.asking(_stated(request))
        strictly = message.of(request)
        readable = strictly if isinstance(strictly, Body) else None
        asked = (single(readable) if readable else None) or read(request.body)
        refused = _ambiguous(request, asked) if forward.target.plan.limited else None
        if readable and not refused:
            refused = envelope.check_stateless(envelope.of(request), readable)
        return refused or forward.asking(asked)


# What cannot be read counts as a call, where it passes at all: a server may read more into it than we do.
UNREADABLE = Asked("", "", 1)
_RESPONSE = Asked("response")


def single(body: Body) -> Asked | None:
    """What `read` would say, where the body is one request or notification."""
    first = body.messages[0]
    if body.batch or first.method is None:
        return None
    if first.method == TOOLS_CALL:
        return Asked(TOOLS_CALL, printable(first.tool or ""), 1)
    return Asked(printable(first.method))


def read(body: bytes) -> Asked:
    """Of a body as JSON-RPC, or as a batch of revisions up to 2025-03-26."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return UNREADABLE
    if not isinstance(said, list):
        return _message(said)
    messages = [_message(each) for each in said]
    tools = ", ".join(sorted({message.tool for message in messages if message.tool}))
    return Asked("batch", tools[:LONGEST_NAME], sum(message.calls for message in messages))


def _ambiguous(request: Request, asked: Asked) -> Stop | None:
    """Whether a server could find more calls in the body than were counted. In one message there is never more than
    one; any other is read as strictly as where tools are ruled, and in no other coding than its bytes say."""
    said = envelope.of(request)
    if said.repeated:
        return Stop(400, "A header that speaks of the body was sent twice: send it once.")
    if said.unreadable is not None:
        return said.unreadable
    if asked.method == TOOLS_CALL:
        return None
    strictly = message.of(request)
    return strictly if isinstance(strictly, Stop) else None


def _stated(request: Request) -> Asked:
    """MCP 2026-07-28's headers, of a body that is not read."""
    method = "".join(request.values(b"mcp-method")[:1])
    if method and method != TOOLS_CALL:
        return Asked(printable(method))
    return Asked(method, printable("".join(request.values(b"mcp-name")[:1])), 1)


def _message(said: Any) -> Asked:
    if not isinstance(said, dict):
        return UNREADABLE
    method = said.get("method")
    if method == TOOLS_CALL:
        params = said.get("params")
        tool = params.get("name") if isinstance(params, dict) else None
        return Asked(TOOLS_CALL, printable(tool) if isinstance(tool, str) else "", 1)
    if isinstance(method, str):
        return Asked(printable(method))
    return _RESPONSE if method is None and ("result" in said or "error" in said) else UNREADABLE


def worth_reading(request: Request, refused: Refused) -> bool:
    """Whether a body that has not come yet is waited for, to answer the call by its id: only for one who may come in,
    and whom nothing but the state of things keeps out."""
    stopped = isinstance(refused, Stop) and refused.code == INTERNAL_ERROR and refused.id is None
    return stopped and request.method == "POST" and 0 < content_length(request) <= MOST_READ_BYTES


def addressed(refused: Refused, request: Request, held: bytes) -> Refused:
    """A stop as an error about the call that it answers (JSON-RPC 2.0 §5.1), where that is known without effort.

    `held` is what there is of the body. One that is at fault itself (400) has no id that could be relied on.
    """
    if not isinstance(refused, Stop) or refused.id is not None or refused.status == 400 or request.method != "POST":
        return refused
    return replace(refused, id=_answered(request, held))


def _answered(request: Request, held: bytes) -> CallId:
    """The id of the one request that a body is."""
    read = request.parsed
    if isinstance(read, Body):
        return None if read.batch or read.messages[0].method is None else _id(read.messages[0].id)
    if not 0 < len(held) <= MOST_READ_BYTES:
        return None
    try:
        said = json.loads(held)
    except (ValueError, RecursionError):
        return None
    return _id(said.get("id")) if isinstance(said, dict) and isinstance(said.get("method"), str) else None


def printable(text: str) -> str:
    """Bounded, and such that every database and terminal can take it."""
    text = text[:LONGEST_NAME]
    return text if text.isprintable() else ascii(text)[1:-1][:LONGEST_NAME]


def _id(found: object) -> CallId:
    """What an answer repeats (JSON-RPC 2.0 §5)."""
    if isinstance(found, str):
        return found if len(found) <= LONGEST_ID else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None
