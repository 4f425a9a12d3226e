import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import scopes

SCOPES = st.frozensets(st.sampled_from(["mcp", "read", "write", "admin", "offline_access"]))


@given(st.none() | st.text(st.characters(exclude_categories=[])))
def test_no_text_makes_the_parser_raise_and_what_is_parsed_is_rendered(text: str | None) -> None:
    parsed = scopes.parse(text)
    if parsed is not None:
        assert scopes.parse(scopes.render(parsed)) == parsed
        assert scopes.render(parsed).split() == sorted(parsed)


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\tb", "a\nb", "é", "\x00", "a\x7f"])
def test_a_character_that_no_scope_has_is_malformed(text: str) -> None:
    assert scopes.parse(text) is None


@pytest.mark.parametrize(
    ("text", "parsed"), [("", set()), (None, set()), ("  a  b a ", {"a", "b"}), ("a:b/c", {"a:b/c"})]
)
def test_a_list_of_scopes_is_a_set(text: str | None, parsed: set[str]) -> None:
    assert scopes.parse(text) == frozenset(parsed)


@pytest.mark.proves("C21")
@given(SCOPES, SCOPES, SCOPES)
def test_a_narrowed_scope_never_widens(
    requested: frozenset[str], permitted: frozenset[str], more: frozenset[str]
) -> None:
    default = permitted & more
    granted = scopes.narrow(requested, permitted, default)
    assert granted <= permitted
    if requested & permitted - {scopes.OFFLINE_ACCESS}:
        assert granted == requested & permitted
    else:
        assert granted - {scopes.OFFLINE_ACCESS} == default - {scopes.OFFLINE_ACCESS}


@pytest.mark.proves("C21")
@pytest.mark.parametrize(
    ("requested", "granted"),
    [
        (set(), {"mcp"}),
        ({"mcp"}, {"mcp"}),
        ({"mcp", "admin"}, {"mcp"}),
        ({"admin"}, {"mcp"}),
        ({"offline_access"}, {"mcp", "offline_access"}),
        ({"admin", "offline_access"}, {"mcp", "offline_access"}),
    ],
)
def test_who_asks_for_nothing_that_is_known_gets_the_default(requested: set[str], granted: set[str]) -> None:
    permitted = frozenset({"mcp", "offline_access"})
    assert scopes.narrow(frozenset(requested), permitted, frozenset({"mcp"})) == granted
