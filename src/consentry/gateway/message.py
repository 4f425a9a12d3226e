"""The JSON-RPC messages of a request's body, read strictly: no server may read them otherwise (JSON-RPC 2.0 §4)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NoReturn

from consentry.gateway.model import Request, Stop
from consentry.spec.jsonrpc import INVALID_REQUEST, PARSE_ERROR, CallId

MOST_DEPTH = 64
MOST_CONTAINERS = 100_000  # objects and arrays: reading them takes the event loop's time
_ENVELOPE = frozenset({"jsonrpc", "id", "method", "params"})
_NAMED = frozenset({"name", "uri", "arguments", "_meta"})
# Runs to the end where a string has none, so that no body makes it look twice at a byte.
_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = bytes(set(range(256)) - set(b"{}[]"))
_NO_ID = (bool, list, dict)
_SPACE = " \t\n\r"  # RFC 8259 §2
_STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}


@dataclass(slots=True)
class Message:
    """A request or notification, or a response where it has no method."""

    id: CallId
    method: str | None
    params: Mapping[str, object]

    @property
    def tool(self) -> str | None:
        name = self.params.get("name")
        return name if isinstance(name, str) else None


@dataclass(slots=True)
class Body:
    """`batch`: the messages stood in an array, as in revisions before 2025-06-18."""

    messages: tuple[Message, ...]
    batch: bool = False

    @property
    def id(self) -> CallId:
        """What an error about the whole answers."""
        return None if self.batch else self.messages[0].id


class _RepeatedError(Exception):
    """An object has one name twice, and readers differ in which of the two counts."""


def of(request: Request) -> Body | Stop:
    """What a request says whose body was read; parsed once for all policies that ask."""
    if request.parsed is None:
        request.parsed = parse(request.body or b"")
    return request.parsed


def parse(body: bytes) -> Body | Stop:
    """The messages, or why they cannot be read."""
    try:
        too_much = _check_shape(body)
        if too_much is not None:
            return too_much
        value = _value(body)
    except _RepeatedError:
        return Stop(400, "The body names a member twice in one object: name it once.", code=INVALID_REQUEST)
    except (ValueError, RecursionError):
        return Stop(400, "The body is not JSON in UTF-8: mend the client.", code=PARSE_ERROR)
    if not isinstance(value, list):
        read = _message(value)
        return read if isinstance(read, Stop) else Body((read,))
    messages = [_message(item) for item in value]
    refused = next((one for one in messages if isinstance(one, Stop)), None)
    if refused is not None:
        return refused
    batch = tuple(one for one in messages if isinstance(one, Message))
    return Body(batch, batch=True) if batch else _malformed("The batch is empty.")


def _check_shape(body: bytes) -> Stop | None:
    if body.count(b"{") + body.count(b"[") <= MOST_DEPTH:
        return None
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKET)
    if len(brackets) > 2 * MOST_CONTAINERS:
        sentence = f"The body has more than {MOST_CONTAINERS} objects and arrays: send it in smaller parts."
        return Stop(413, sentence, code=INVALID_REQUEST)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MOST_DEPTH:
        return Stop(400, f"The body is nested more than {MOST_DEPTH} deep: make it flatter.", code=PARSE_ERROR)
    return None


def _value(body: bytes) -> object:
    text = body.decode().strip(_SPACE)
    value, end = _JSON.raw_decode(text)
    if end < len(text):
        raise ValueError("something follows the message")
    return value


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedError
    return members


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)


def _message(item: object) -> Message | Stop:
    if not isinstance(item, dict):
        return _malformed("A message is a JSON object.")
    method, params, call_id = item.get("method"), item.get("params", {}), item.get("id")
    if not (method is None or isinstance(method, str)) or isinstance(call_id, _NO_ID):
        return _malformed("A message has a method that is a string, and an id that is a string or a number.")
    if not isinstance(params, dict):
        return _malformed("MCP's params are an object.")
    # Some readers take `Method` for `method`, and the last of the two counts for them.
    if _confusable(item, _ENVELOPE) or _confusable(params, _NAMED):
        return _malformed("A member is spelt in capitals that MCP does not write so: mend the client.")
    return Message(call_id, method, params)


def _confusable(members: Mapping[str, object], known: frozenset[str]) -> bool:
    return not known.issuperset(members) and any(name not in known and name.casefold() in known for name in members)


def _malformed(sentence: str) -> Stop:
    return Stop(400, sentence, code=INVALID_REQUEST)
