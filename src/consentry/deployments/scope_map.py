"""Which tools a scope opens: by name, by pattern, or by what a tool says that it does (ADR 23)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from consentry.spec import scopes
from consentry.spec.scopes import Scope

Effect = Literal["reads", "changes", "destroys"]
EFFECTS: tuple[Effect, ...] = ("reads", "changes", "destroys")

WHOLE_SCOPE = "mcp"
EVERY_TOOL = "*"
_BY_EFFECT: dict[str, Effect] = {"@read": "reads", "@write": "changes", "@destructive": "destroys"}

MOST_SCOPES = 20
MOST_SELECTORS = 100
LONGEST_SELECTOR = 200
MOST_REMEMBERED = 1000
_NOTHING: Scope = frozenset()
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_WORDS: dict[str, str] = {
    "@read": "the tools that only read",
    "@write": "the tools that change things and destroy nothing",
    "@destructive": "the tools that may destroy, and those that do not say what they do",
}


@dataclass(frozen=True, slots=True)
class ScopeMap:
    """Scopes from the smallest to the largest, each with what selects its tools; the first is the default.

    A scope whose selectors take in another's tools is that one's parent, and no more has to be said: F10 of the
    checklist. `unlimited` are those that open every tool. `_opening` only spares matching a name again.
    """

    entries: tuple[tuple[str, tuple[str, ...]], ...]
    names: Scope = field(init=False, compare=False)
    unlimited: Scope = field(init=False, compare=False)
    _opening: dict[str, dict[Effect, tuple[str, ...]]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(name for name, _ in self.entries))
        unlimited = frozenset(name for name, selectors in self.entries if EVERY_TOOL in selectors)
        object.__setattr__(self, "unlimited", unlimited)
        object.__setattr__(self, "_opening", {})

    @property
    def default(self) -> Scope:
        """What an application gets that asks for nothing in particular."""
        return frozenset({self.entries[0][0]})

    @property
    def ruled(self) -> bool:
        """Whether there is a scope that does not open every tool."""
        return self.unlimited != self.names

    def opening(self, tool: str) -> dict[Effect, tuple[str, ...]]:
        """The scopes that open a tool, the smallest first, by what it does."""
        known = self._opening.get(tool)
        if known is None:
            if len(self._opening) >= MOST_REMEMBERED:
                self._opening.clear()
            known = {
                effect: tuple(name for name, selectors in self.entries if _opens(selectors, tool, effect))
                for effect in EFFECTS
            }
            if len(tool) <= LONGEST_SELECTOR:
                self._opening[tool] = known
        return known

    def selectors(self, scope: str) -> tuple[str, ...] | None:
        return next((selectors for name, selectors in self.entries if name == scope), None)


WHOLE = ScopeMap(((WHOLE_SCOPE, (EVERY_TOOL,)),))


def missing(tool: str, effect: Effect, granted: Scope, scope_map: ScopeMap) -> Scope | None:
    """What `granted` lacks to call a tool: nothing, or the smallest scope that opens it; None where none does."""
    opening = scope_map.opening(tool)[effect]
    if not granted.isdisjoint(opening):
        return _NOTHING
    return frozenset(opening[:1]) if opening else None


def may_call(tool: str, effect: Effect, granted: Scope, scope_map: ScopeMap) -> bool:
    """The one rule, for calling a tool and for listing it."""
    return missing(tool, effect, granted, scope_map) == _NOTHING


def depends_on_effect(tool: str, granted: Scope, scope_map: ScopeMap) -> bool:
    """Whether the name alone does not tell what is missing."""
    reads, changes, destroys = scope_map.opening(tool).values()
    if reads == changes == destroys:
        return False
    opened = {not granted.isdisjoint(opening) for opening in (reads, changes, destroys)}
    return len(opened) > 1 or (opened == {False} and not reads[:1] == changes[:1] == destroys[:1])


def effect_of(read_only_hint: object, destructive_hint: object) -> Effect:
    """MCP ToolAnnotations: what is not said is not read-only, and destructive; what is no boolean is not said."""
    if read_only_hint is True:
        return "reads"
    return "changes" if destructive_hint is False else "destroys"


def parse(texts: Sequence[str]) -> ScopeMap:
    """`NAME=TOOLS` each, where TOOLS are selectors with commas between. `fault` says what is wrong with it."""
    split = [text.partition("=") for text in texts]
    return ScopeMap(tuple((name.strip(), _selectors(tools)) for name, _, tools in split))


def fault(scope_map: ScopeMap) -> str | None:
    """Why scopes cannot be mapped so, in words."""
    if not 0 < len(scope_map.entries) <= MOST_SCOPES:
        return f"A deployment has 1 to {MOST_SCOPES} scopes."
    if len(scope_map.names) < len(scope_map.entries):
        return "A scope is named twice: write all its tools at once, as in read=@read,search_*."
    faults = (_fault(name, selectors) for name, selectors in scope_map.entries)
    return next((one for one in faults if one is not None), None)


def words(selectors: Sequence[str], deployment: str) -> str:
    """What a scope lets an application do, for a person to read."""
    if EVERY_TOOL in selectors:
        return f"Use every tool, resource and prompt of {deployment}, in your name"
    kinds = [_WORDS[one] for one in selectors if one in _WORDS]
    names = [one for one in selectors if one not in _WORDS]
    named = [f"the tools named {', '.join(names)}"] if names else []
    return f"Use {deployment} in your name: {'; '.join([*kinds, *named])}"


def _fault(name: str, selectors: Sequence[str]) -> str | None:
    if name in scopes.BESIDE:
        return f"{name} is a scope of the sign-in's own: choose another name."
    if not _NAME.fullmatch(name):
        return f"{name!r} will not do as a scope: write a name of letters, digits and . _ : / - before the =."
    if not 0 < len(selectors) <= MOST_SELECTORS:
        return f"The scope {name} needs 1 to {MOST_SELECTORS} tools: write {name}=TOOLS, as in {name}=@read,search_*."
    for one in selectors:
        if not (len(one) <= LONGEST_SELECTOR and one.isprintable()):
            return f"A tool's name in the scope {name} is longer than {LONGEST_SELECTOR} characters, or unprintable."
        if one.startswith("@") and one not in _BY_EFFECT:
            return f"{one} is not known: tools are selected by name, by pattern with *, or by {', '.join(_BY_EFFECT)}."
    return None


def _selectors(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in (part.strip() for part in text.split(",")) if one))


def _opens(selectors: Sequence[str], tool: str, effect: Effect) -> bool:
    return any(_BY_EFFECT[one] == effect if one in _BY_EFFECT else _fits(one, tool) for one in selectors)


def _fits(pattern: str, name: str) -> bool:
    """`*` stands for any characters. In one pass: no pattern and no name make it slow."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *between, last = rest
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in between:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
