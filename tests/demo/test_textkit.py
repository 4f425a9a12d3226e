"""The textkit server: small, stateless, one JSON body per answer."""

from typing import Any

import httpx2
import pytest
from mcp import Client

from consentry.demo.textkit import compare, count, slug_of
from consentry.demo.upstreams import Upstream
from tests.forked import BOUND_SECONDS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Crème brûlée!", "creme-brulee"), ("  a -- b_c ", "a-b-c"), ("", ""), ("日本", "")],
)
def test_a_slug_is_plain_letters_and_single_hyphens(text: str, slug: str) -> None:
    assert slug_of(text).slug == slug


def test_words_are_what_white_space_separates() -> None:
    counts = count("one  two\nthree")
    assert (counts.words, counts.characters, counts.lines) == (3, 14, 2)


def test_two_texts_are_compared_line_by_line() -> None:
    assert compare("a\nb", "a\nc").diff.splitlines()[-3:] == [" a", "-b", "+c"]
    assert compare("a", "a").model_dump() == {"same": True, "diff": ""}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        ("count_words", {"text": "to be or"}, {"words": 3, "characters": 8, "lines": 1}),
        ("slugify", {"text": "To be"}, {"slug": "to-be"}),
        ("compare_texts", {"before": "a", "after": "a"}, {"same": True, "diff": ""}),
    ],
)
async def test_each_tool_answers_in_both_eras(
    textkit: Upstream, mode: str, tool: str, arguments: dict[str, str], answer: dict[str, Any]
) -> None:
    async with Client(textkit.url, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert (await client.call_tool(tool, arguments)).structured_content == answer
    assert len(tools) == 3
    annotations = tools[tool].annotations
    assert annotations is not None
    assert annotations.read_only_hint


@pytest.mark.slow
async def test_it_answers_in_json_and_keeps_no_session(textkit: Upstream) -> None:
    call = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
    async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
        answered = await http.post(textkit.url, json=call, headers={"accept": "application/json, text/event-stream"})
    assert answered.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in answered.headers
    assert answered.json()["id"] == 7
