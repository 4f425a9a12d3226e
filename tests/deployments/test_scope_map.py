"""Which tools a scope opens."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.deployments import scope_map
from consentry.deployments.scope_map import EFFECTS, WHOLE, Effect, ScopeMap, may_call, missing, parse
from consentry.spec import scopes

READ_AND_WRITE = parse(["read=@read,search_*", "write=@read,@write,create_note", "admin=*"])

NAMES = st.sampled_from(["search_notes", "create_note", "delete_note", "search_", "x", "é", ""])
SELECTORS = st.sampled_from(["@read", "@write", "@destructive", "*", "search_*", "*_note", "create_note", "x"])
MAPS = st.dictionaries(
    st.sampled_from(["read", "write", "admin", "mcp"]), st.lists(SELECTORS, min_size=1).map(tuple), min_size=1
).map(lambda entries: ScopeMap(tuple(entries.items())))
GRANTED = st.frozensets(st.sampled_from(["read", "write", "admin", "mcp", "openid", "other"]))


@pytest.mark.proves("G16")
@pytest.mark.parametrize(
    ("tool", "effect", "granted", "needed"),
    [
        ("search_notes", "destroys", {"read"}, set()),
        ("show", "reads", {"read"}, set()),
        ("show", "reads", {"openid"}, {"read"}),
        ("show", "changes", {"read"}, {"write"}),
        ("create_note", "destroys", {"read"}, {"write"}),
        ("create_notes", "destroys", {"read"}, {"admin"}),
        ("wipe", "destroys", {"read", "write"}, {"admin"}),
        ("wipe", "destroys", {"admin"}, set()),
    ],
)
def test_the_smallest_scope_that_opens_a_tool_is_what_is_missing(
    tool: str, effect: Effect, granted: set[str], needed: set[str]
) -> None:
    assert missing(tool, effect, frozenset(granted), READ_AND_WRITE) == frozenset(needed)


@pytest.mark.proves("F10")
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_scope_that_takes_in_anothers_tools_stands_for_it(effect: Effect) -> None:
    assert may_call("search_notes", effect, frozenset({"admin"}), READ_AND_WRITE)
    assert may_call("show", "reads", frozenset({"write"}), READ_AND_WRITE)


def test_a_tool_that_no_scope_opens_is_opened_by_none() -> None:
    only_reads = parse(["read=@read"])
    assert missing("wipe", "destroys", only_reads.names, only_reads) is None
    assert not may_call("wipe", "destroys", only_reads.names, only_reads)


@given(MAPS, NAMES, st.sampled_from(EFFECTS), GRANTED)
def test_what_is_missing_is_just_what_opens_the_tool(
    mapped: ScopeMap, tool: str, effect: Effect, granted: frozenset[str]
) -> None:
    needed = missing(tool, effect, granted, mapped)
    assert may_call(tool, effect, granted, mapped) == (needed == frozenset())
    if needed is None:
        assert not may_call(tool, effect, mapped.names, mapped)
    else:
        assert may_call(tool, effect, granted | needed, mapped)
        assert len(needed) <= 1
        assert not needed & granted


@given(MAPS, NAMES, st.sampled_from(EFFECTS), GRANTED, GRANTED)
def test_more_scopes_never_open_less(
    mapped: ScopeMap, tool: str, effect: Effect, granted: frozenset[str], more: frozenset[str]
) -> None:
    assert may_call(tool, effect, granted | more, mapped) >= may_call(tool, effect, granted, mapped)


@given(MAPS, NAMES, GRANTED)
def test_a_name_that_tells_enough_tells_the_same_whatever_the_tool_does(
    mapped: ScopeMap, tool: str, granted: frozenset[str]
) -> None:
    verdicts = {missing(tool, effect, granted, mapped) for effect in EFFECTS}
    assert (len(verdicts) > 1) == scope_map.depends_on_effect(tool, granted, mapped)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_fits_as_its_stars_say(pattern: str, name: str) -> None:
    def fits(pattern: str, name: str) -> bool:
        if not pattern:
            return not name
        if pattern[0] == "*":
            return fits(pattern[1:], name) or (bool(name) and fits(pattern, name[1:]))
        return bool(name) and pattern[0] == name[0] and fits(pattern[1:], name[1:])

    mapped = ScopeMap((("s", (pattern,)),))
    assert may_call(name, "reads", frozenset({"s"}), mapped) == fits(pattern, name)


def test_no_pattern_takes_long() -> None:
    mapped = parse(["s=" + "a*" * 90 + "b"])
    begun = time.process_time()
    assert not may_call("a" * 100_000, "reads", mapped.names, mapped)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("read_only", "destructive", "effect"),
    [
        (True, None, "reads"),
        (True, True, "reads"),
        (False, False, "changes"),
        (None, False, "changes"),
        (False, None, "destroys"),
        (None, None, "destroys"),
        ("true", "false", "destroys"),
        (1, 0, "destroys"),
    ],
)
def test_a_tool_that_does_not_say_otherwise_destroys(read_only: object, destructive: object, effect: Effect) -> None:
    assert scope_map.effect_of(read_only, destructive) == effect


@pytest.mark.parametrize(
    "texts",
    [["mcp=*"], ["read=@read", "write=@read,@write", "all=*"], ["notes:read=search_*, show "], ["a" * 64 + "=x"]],
)
def test_what_can_be_mapped(texts: list[str]) -> None:
    assert scope_map.fault(parse(texts)) is None


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["read"], "write read=TOOLS"),
        (["read="], "write read=TOOLS"),
        (["read=,"], "write read=TOOLS"),
        (["=x"], "before the ="),
        (["re ad=x"], "before the ="),
        (['re"ad=x'], "before the ="),
        (["é=x"], "before the ="),
        (["a" * 65 + "=x"], "before the ="),
        (["openid=x"], "choose another name"),
        (["offline_access=*"], "choose another name"),
        (["read=@reads"], "@read, @write, @destructive"),
        (["read=x", "read=y"], "named twice"),
        (["read=" + "x" * 201], "longer than 200"),
        (["read=a\x1bb"], "unprintable"),
        ([f"s{number}=x" for number in range(21)], "1 to 20 scopes"),
        (["s=" + ",".join(f"t{number}" for number in range(101))], "1 to 100 tools"),
    ],
)
def test_what_cannot_be_mapped_is_said_in_words(texts: list[str], said: str) -> None:
    fault = scope_map.fault(parse(texts))
    assert fault is not None
    assert said in fault


@given(st.lists(st.text(), min_size=1))
def test_no_text_makes_the_parser_raise(texts: list[str]) -> None:
    if scope_map.fault(mapped := parse(texts)) is None:
        assert all(scopes.parse(name) == frozenset({name}) for name in mapped.names)


def test_the_first_scope_is_the_default_and_a_star_is_no_rule() -> None:
    assert READ_AND_WRITE.default == frozenset({"read"})
    assert READ_AND_WRITE.unlimited == {"admin"}
    assert READ_AND_WRITE.ruled
    assert not WHOLE.ruled
    assert WHOLE.default == WHOLE.names == {"mcp"}


def test_every_selector_has_words() -> None:
    assert scope_map.words(("*", "x"), "Notes") == "Use every tool, resource and prompt of Notes, in your name"
    said = scope_map.words(("@read", "@destructive", "a_*", "b"), "Notes")
    assert said.startswith("Use Notes in your name: the tools that only read; the tools that may destroy")
    assert said.endswith("the tools named a_*, b")
