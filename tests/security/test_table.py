"""SECURITY.md's table of attacks: each row names the tests that prove it, and each of them is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# What the table has to speak of, whatever else it does: the beginning of a row each.
ATTACKS = (
    "Code injection",
    "Code replay",
    "PKCE downgrade",
    "Mix-up",
    "Redirect manipulation",
    "CSRF on sign-in",
    "CSRF on consent",
    "Session fixation",
    "Clickjacking",
    "Consent reuse by another client",
    "Refresh token theft",
    "Token substitution between deployments",
    "JWT confusion",
    "An ID token shown as an access token",
    "Introspection by a stranger",
    "SSRF",
    "User enumeration by text",
    "User enumeration by time",
    "Brute force on passwords",
    "Brute force on user codes",
)


def _rows() -> list[tuple[str, list[str]]]:
    """The attacks in plain words, and the tests that their rows name."""
    section = (ROOT / "SECURITY.md").read_text().split("## Attacks, and what stops them")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| **")]
    return [(cells[0].replace("*", ""), re.findall(r"`(tests/[^`]+)`", cells[-1])) for cells in lines]


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))


def test_each_row_names_the_tests_that_prove_it() -> None:
    assert [attack for attack, tests in _rows() if not tests] == []


def test_every_test_that_is_named_is_there() -> None:
    named = [tuple(test.split("::")) for _, tests in _rows() for test in tests]
    assert [(path, name) for path, name in named if not (ROOT / path).exists() or name not in _tests_in(path)] == []


def test_the_table_speaks_of_each_attack_that_it_has_to() -> None:
    told = [attack for attack, _ in _rows()]
    assert [attack for attack in ATTACKS if not any(one.startswith(attack) for one in told)] == []
