"""Which tests claim which requirement: read from their text, so that a partial run knows it too."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def proofs(folder: Path = TESTS) -> dict[str, list[str]]:
    """Requirement id to the tests that name it in `@pytest.mark.proves(...)`, as `file::test`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for name, requirement in _claims(module, ()):
            found[requirement].append(f"{path.relative_to(folder)}::{name}")
    return dict(found)


def _claims(scope: ast.Module | ast.ClassDef, inherited: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Pairs of test and requirement: what a module or class claims, each of its tests claims."""
    inherited += tuple(
        requirement
        for node in scope.body
        if isinstance(node, ast.Assign) and any(_is_name(target, "pytestmark") for target in node.targets)
        for requirement in _named(node.value)
    )
    for node in scope.body:
        if not isinstance(node, Definition):
            continue
        own = inherited + tuple(r for decorator in node.decorator_list for r in _named(decorator))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _claims(node, own)
        elif not isinstance(node, ast.ClassDef) and node.name.startswith("test_"):
            yield from ((node.name, requirement) for requirement in own)


def _named(expression: ast.expr) -> Iterator[str]:
    """The ids in every `….proves("A1", "A2")` within the expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "proves":
            for argument in node.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    raise TypeError(f"line {argument.lineno}: proves() takes ids as plain strings")
                yield argument.value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
