"""The limits that a reader relies on: lines of a file, lines of a function, names that say something."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
SOURCE_SUFFIXES = {".py", ".html", ".css", ".js", ".mjs", ".ts", ".sql", ".sh"}
SKIPPED_FOLDERS = {"__pycache__", "build", "dist", "node_modules"}
# Drawers: what is thrown into them has no other reason to be together.
DRAWERS = {"util", "utils", "helper", "helpers", "common", "base", "manager", "misc", "service", "handler"}


def sources(folder: Path) -> Iterator[Path]:
    """Every source file below the folder, tracked or not; hidden folders hold environments and caches."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not path.name.startswith(".") and path.name not in SKIPPED_FOLDERS:
                yield from sources(path)
        elif path.suffix in SOURCE_SUFFIXES:
            yield path


def breaches(root: Path) -> Iterator[str]:
    """One sentence for each limit that a file below the root breaks."""
    for path in sources(root):
        name = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        count = len(text.splitlines())
        if count > FILE_LINES:
            yield f"{name}: {count} lines, and {FILE_LINES} is the ceiling; cut it where its subject divides"
        for part in (*name.parts[:-1], name.stem):
            if is_drawer(re.split(r"[_\-.]", part)):
                yield f"{name}: '{part}' says nothing of what is in it; name it after its subject"
        if path.suffix == ".py":
            yield from breaches_of_code(name, ast.parse(text))


def breaches_of_code(name: Path, module: ast.Module) -> Iterator[str]:
    """The limits on what a Python file defines; tests may tell a long story in one function."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and is_drawer(re.findall(r"[A-Z][a-z0-9]*", node.name)):
            yield f"{name}:{node.lineno}: class {node.name} says nothing of what it is"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name.parts[0] == "src":
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > FUNCTION_LINES:
                where = f"{name}:{node.lineno}"
                yield f"{where}: {node.name} has {count} lines, and {FUNCTION_LINES} is the ceiling"


def is_drawer(words: list[str]) -> bool:
    """`token_utils`, `base_store` and `helpers` are drawers; a list of `common_passwords` is not."""
    lowered = [word.lower() for word in words if word]
    return bool(lowered) and (lowered[-1] in DRAWERS or lowered[0] == "base")


def main() -> int:
    """Print every breach below the current folder; 1 when there is one."""
    found = list(breaches(Path.cwd()))
    print("\n".join(found) if found else f"No file over {FILE_LINES} lines, no drawers.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
