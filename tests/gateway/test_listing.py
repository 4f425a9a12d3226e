"""Lists of tools without what may not be called."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.deployments.scope_map import effect_of, may_call, parse
from consentry.gateway import listing
from consentry.gateway.listing import MOST_HELD_BYTES, Events, Listed, Whole
from consentry.gateway.model import Filter, Forward
from tests.gateway.remembered import access, target

MAP = parse(["read=@read,search_*", "write=@write", "all=*"])
EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)
PLAIN = ((b"content-type", b"application/json"), (b"content-length", b"999"))


def tool(name: str, **annotations: object) -> dict[str, object]:
    return {"name": name, "inputSchema": {"type": "object"}, **({"annotations": annotations} if annotations else {})}


TOOLS = [tool("show", readOnlyHint=True), tool("wipe"), tool("search_x"), tool("put", destructiveHint=False)]


def answer(tools: list[Any], **more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "result": {"tools": tools, **more}}


def filtering(*granted: str, private: bool = False) -> Listed:
    def shown(name: str, annotations: object) -> bool:
        hints = annotations if isinstance(annotations, dict) else {}
        effect = effect_of(hints.get("readOnlyHint"), hints.get("destructiveHint"))
        return may_call(name, effect, frozenset(granted), MAP)

    return Listed(shown, private)


def passed(filter_: Filter, *pieces: bytes) -> bytes:
    return b"".join([*map(filter_.feed, pieces), filter_.end()])


def names(text: bytes) -> list[str]:
    return [one["name"] for one in json.loads(text)["result"]["tools"]]


@pytest.mark.proves("G16")
def test_a_list_leaves_out_what_may_not_be_called() -> None:
    text = json.dumps(answer(TOOLS, nextCursor="c")).encode()
    shown = passed(Whole(filtering("read")), text[:20], text[20:])
    assert names(shown) == ["show", "search_x"]
    assert json.loads(shown)["result"]["nextCursor"] == "c"
    assert json.loads(shown)["result"]["tools"][0] == TOOLS[0]


@pytest.mark.proves("G13")
def test_a_list_of_2026_07_28_that_is_filtered_is_for_this_token_alone() -> None:
    text = json.dumps(answer(TOOLS, cacheScope="public", ttlMs=9)).encode()
    for granted in ("read", "all"):
        result = json.loads(passed(Whole(filtering(granted, private=True)), text))["result"]
        assert (result["cacheScope"], result["ttlMs"]) == ("private", 9)


def test_a_batch_of_answers_is_filtered_in_each_of_its_lists() -> None:
    text = json.dumps([answer(TOOLS), {"jsonrpc": "2.0", "id": 2, "result": {}}, answer(TOOLS[:1])]).encode()
    first, second, third = json.loads(passed(Whole(filtering("write")), text))
    assert [one["name"] for one in first["result"]["tools"]] == ["put"]
    assert second == {"jsonrpc": "2.0", "id": 2, "result": {}}
    assert third["result"]["tools"] == []


@pytest.mark.parametrize(
    "text", [b"", b'{"jsonrpc": "2.0",  "id": 1, "error": {}}', b'{"result":{"x": "tools"}}', b"%"]
)
def test_what_is_no_list_passes_as_it_is(text: bytes) -> None:
    assert passed(Whole(filtering("read")), text) == text


@pytest.mark.parametrize(
    "text", [b'{"result":{"tools"', b'\xff"tools"', b'{"tools":' + b"[" * 100_000, b'"tools"' + b" " * MOST_HELD_BYTES]
)
def test_a_list_that_cannot_be_read_shows_nothing(text: bytes) -> None:
    said = json.loads(passed(Whole(filtering("all")), text))
    assert said["error"]["code"] == -32603
    assert "could not be read" in said["error"]["message"]


def test_what_is_no_tool_is_left_out() -> None:
    text = json.dumps(answer([1, "x", None, {}, {"name": 3}, {"name": "search_y", "annotations": "none"}])).encode()
    assert names(passed(Whole(filtering("read")), text)) == ["search_y"]


STREAM = (
    b": hello\n\nid: 7\ndata: {\"jsonrpc\":\"2.0\",  \"method\": \"notifications/progress\"}\n\nevent: message\nid: 8\n"
    b"retry: 5\ndata: " + json.dumps(answer(TOOLS)).encode() + b"\n\ndata: last\n\n"
)  # fmt: skip


@pytest.mark.proves("G16", "G12")
@given(st.lists(st.integers(0, len(STREAM)), max_size=6), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_a_stream_is_filtered_event_by_event_wherever_it_is_cut(cuts: list[int], end_of_line: bytes) -> None:
    stream = STREAM.replace(b"\n", end_of_line)
    places = [0, *sorted(cuts), len(stream)]
    filter_ = Events(filtering("read"))
    out = b"".join(filter_.feed(stream[begin:end]) for begin, end in pairwise(places))
    before, _, after = out.partition(b"event: message")
    # Cut behind its CR, a line's LF is the beginning of the next event, where it says nothing.
    assert before.rstrip(b"\r\n") == stream.partition(b"event: message")[0].rstrip(b"\r\n")
    listed, _, last = after.replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")
    assert listed.startswith(b"\nid: 8\nretry: 5\ndata: ")
    assert names(listed.partition(b"data: ")[2]) == ["show", "search_x"]
    assert last.lstrip(b"\n") == b"data: last\n\n"


def test_an_event_goes_on_as_soon_as_it_is_whole_and_not_before() -> None:
    filter_ = Events(filtering("read"))
    assert filter_.feed(b"data: 1\n") == b""
    assert filter_.feed(b"\ndata: 2") == b"data: 1\n\n"
    assert filter_.feed(b"\n\n") == b"data: 2\n\n"
    assert filter_.end() == b""


def test_a_list_in_several_data_lines_is_one_list() -> None:
    lines = b"\n".join(b"data:" + line for line in json.dumps(answer(TOOLS), indent=1).encode().split(b"\n"))
    shown = passed(Events(filtering("read")), lines + b"\n\n")
    assert names(shown.removeprefix(b"data: ")) == ["show", "search_x"]


def test_an_event_that_cannot_be_read_is_left_out_and_the_next_passes() -> None:
    huge = b'data: {"tools":"' + b"x" * MOST_HELD_BYTES
    for spoilt in (b'data: {"tools"', huge):
        filter_ = Events(filtering("all"))
        shown = b"".join([filter_.feed(spoilt), filter_.feed(b"x" * 9), filter_.feed(b"\n\ndata: next\n\n")])
        assert shown.lstrip(b"\n") == b"data: next\n\n"


@pytest.mark.parametrize(
    ("headers", "kind"), [(EVENTS, Events), (PLAIN, Whole), (((b"content-type", b"TEXT/EVENT-STREAM"),), Events)]
)
def test_how_an_answer_is_looked_at_goes_by_its_type(headers: Any, kind: type) -> None:
    assert isinstance(listing.of(headers, filtering("read")), kind)


def test_a_compressed_list_shows_nothing() -> None:
    headers = (*PLAIN, (b"content-encoding", b"gzip"))
    assert b"could not be read" in passed(listing.of(headers, filtering("all")), b"\x1f\x8b")


def test_two_filters_work_behind_one_another() -> None:
    class Shouting:
        def feed(self, data: bytes) -> bytes:
            return data.upper()

        def end(self) -> bytes:
            return b"END"

    forward = Forward(target(), access(), answered=lambda status, headers: (headers, Shouting()))
    answered = listing.filtered(forward, private=False).answered
    assert answered is not None
    headers, looking = answered(200, PLAIN)
    assert looking is not None
    assert passed(looking, b"a", b"b") == b"ABEND"
    assert headers == PLAIN
