import pytest

from consentry.gateway.route import find_slug


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
