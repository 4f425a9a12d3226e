"""Lists of tools, without what a token may not call: MCP `tools/list`, in one JSON or in a stream of events."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from consentry.deployments.scope_map import effect_of, may_call
from consentry.gateway.model import Filter, Forward, Headers
from consentry.spec.jsonrpc import INTERNAL_ERROR, render_error

MOST_HELD_BYTES = 8 * 1024 * 1024
_MARK = b'"tools"'  # what has it not is no list, and passes unparsed
_LINE = re.compile(rb"\r\n|\n|\r")
_BLANK = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_UNREADABLE = render_error(INTERNAL_ERROR, "The list of tools could not be read, so nothing of it is shown.")

MayCall = Callable[[str, object], bool]  # a tool's name and its annotations, as they stand in the list


@dataclass(frozen=True, slots=True)
class Listed:
    """What becomes of each list. `private`: it is not for other tokens, says MCP 2026-07-28's `cacheScope`."""

    may_call: MayCall
    private: bool

    def rewritten(self, text: bytes) -> bytes | None:
        """The message with its lists as they may be shown; None where it cannot be read."""
        if _MARK not in text:
            return text
        try:
            value = json.loads(text.decode())
            results = [_result(item) for item in (value if isinstance(value, list) else [value])]
            lists = [(result, tools) for result in results if isinstance(tools := result.get("tools"), list)]
            for result, tools in lists:
                result["tools"] = [tool for tool in tools if self._shown(tool)]
                if self.private:
                    result["cacheScope"] = "private"
            return json.dumps(value, separators=(",", ":")).encode() if lists else text
        except (ValueError, RecursionError):
            return None

    def _shown(self, tool: object) -> bool:
        name = tool.get("name") if isinstance(tool, dict) else None
        return isinstance(tool, dict) and isinstance(name, str) and self.may_call(name, tool.get("annotations"))


def filtered(forward: Forward, *, private: bool) -> Forward:
    """The call, with an eye on what is answered."""
    granted, scope_map, before = forward.access.scope, forward.target.scopes, forward.answered

    def shown(name: str, annotations: object) -> bool:
        hints = annotations if isinstance(annotations, dict) else {}
        effect = effect_of(hints.get("readOnlyHint"), hints.get("destructiveHint"))
        return may_call(name, effect, granted, scope_map)

    def answered(status: int, headers: Headers) -> tuple[Headers, Filter | None]:
        inner: Filter | None = None
        if before is not None:
            headers, inner = before(status, headers)
        looking = of(headers, Listed(shown, private))
        return headers, Both(inner, looking) if inner is not None else looking

    return forward.answering(answered)


def of(headers: Headers, listed: Listed) -> Filter:
    """Who looks at an answer with these headers."""
    said = dict(headers)
    if said.get(b"content-encoding", b"identity").lower() != b"identity":
        return Whole(listed, unreadable=True)
    return Events(listed) if said.get(b"content-type", b"").lower().startswith(b"text/event-stream") else Whole(listed)


@dataclass(frozen=True, slots=True)
class Both:
    """One filter behind another."""

    first: Filter
    second: Filter

    def feed(self, data: bytes) -> bytes:
        return self.second.feed(self.first.feed(data))

    def end(self) -> bytes:
        return self.second.feed(self.first.end()) + self.second.end()


class Whole:
    """A filter for an answer that is one JSON text."""

    __slots__ = ("_held", "_length", "_listed", "_unreadable")

    def __init__(self, listed: Listed, *, unreadable: bool = False) -> None:
        self._listed = listed
        self._held: list[bytes] = []
        self._length = 0
        self._unreadable = unreadable

    def feed(self, data: bytes) -> bytes:
        self._length += len(data)
        if self._unreadable or self._length > MOST_HELD_BYTES:
            self._unreadable = True
            self._held.clear()
        else:
            self._held.append(data)
        return b""

    def end(self) -> bytes:
        text = None if self._unreadable else self._listed.rewritten(b"".join(self._held))
        return _UNREADABLE if text is None else text


class Events:
    """A filter for a stream of events (HTML Living Standard §9.2.5): each goes on as soon as it is whole."""

    __slots__ = ("_held", "_listed", "_seen", "_skipping")

    def __init__(self, listed: Listed) -> None:
        self._listed = listed
        self._held = bytearray()
        self._seen = 0  # so far there is no blank line in what is held
        self._skipping = False  # the rest of an event that is too long to be read

    def feed(self, data: bytes) -> bytes:
        self._held += data
        out: list[bytes] = []
        begin = 0
        while blank := _BLANK.search(self._held, max(self._seen, begin)):
            if not self._skipping:
                out.append(self._event(bytes(self._held[begin : blank.end()])))
            self._skipping = False
            begin = self._seen = blank.end()
        del self._held[:begin]
        if len(self._held) > MOST_HELD_BYTES:
            self._skipping = True
            del self._held[:-3]
        self._seen = max(len(self._held) - 3, 0)
        return b"".join(out)

    def end(self) -> bytes:
        """An event that no blank line ends is none."""
        return b""

    def _event(self, event: bytes) -> bytes:
        if _MARK not in event:
            return event
        fields = [(line, *line.partition(b":")[::2]) for line in _LINE.split(event) if line]
        text = b"\n".join(value.removeprefix(b" ") for _, name, value in fields if name == b"data")
        shown = self._listed.rewritten(text)
        if shown == text:
            return event
        kept = [line for line, name, _ in fields if name != b"data"]
        return b"\n".join([*kept, *([b"data: " + shown] if shown is not None else []), b"\n"])


def _result(item: object) -> dict[str, object]:
    """The result of a response; nothing where it is none."""
    result = item.get("result") if isinstance(item, dict) else None
    return result if isinstance(result, dict) else {}
