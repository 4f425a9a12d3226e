import pytest

from consentry.gateway.route import find_slug, join_query


@pytest.mark.proves("G20")
@pytest.mark.parametrize("path", ["/mcp/notes", "/mcp/notes/"])
def test_a_trailing_slash_names_the_same_deployment(path: str) -> None:
    assert find_slug(path, "/mcp/") == "notes"


@pytest.mark.parametrize(
    "path", ["/mcp", "/mcp/", "/mcp//", "/mcp/notes//", "/mcp/notes/x", "/mcpnotes", "/", "", "/x/mcp/notes"]
)
def test_any_other_path_names_none(path: str) -> None:
    assert find_slug(path, "/mcp/") is None


def test_the_prefix_may_lie_deeper() -> None:
    assert find_slug("/functions/v1/mcp-router/notes", "/functions/v1/mcp-router/") == "notes"


@pytest.mark.parametrize(
    ("path", "slug"),
    [("/a/x/mcp", "x"), ("/a/x/mcp/", "x"), ("/a/x", None), ("/a/mcp", None), ("/a//mcp", None), ("/a/x/y/mcp", None)],
)
def test_words_may_follow_the_slug(path: str, slug: str | None) -> None:
    assert find_slug(path, "/a/", "/mcp") == slug


@pytest.mark.parametrize(
    ("url", "query", "joined"),
    [
        ("http://u.test/mcp", b"", "http://u.test/mcp"),
        ("http://u.test/mcp", b"a=1&b=%2F", "http://u.test/mcp?a=1&b=%2F"),
        ("http://u.test/mcp?key=1", b"a=1", "http://u.test/mcp?key=1&a=1"),
    ],
)
def test_the_client_s_query_goes_behind_the_upstream_s_own(url: str, query: bytes, joined: str) -> None:
    assert join_query(url, query) == joined
