"""The limits of the house are real: each is broken here on a copy of the tree, and the check must say so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dev.ceiling import breaches

ROOT = Path(__file__).parent.parent


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the checks look at."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def lint_imports() -> str:
    return str(Path(sys.executable).parent / "lint-imports")


def append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else '"""A stray."""\n'
    path.write_text(f"{text}\n{line}\n")


def lint(command: str, tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, "--no-cache", "--no-logo"],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_as_it_is_keeps_its_contracts(tree: Path, lint_imports: str) -> None:
    done = lint(lint_imports, tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("stray", ["stray.py", "stray/__init__.py"])
def test_a_module_without_a_floor_fails_the_check(tree: Path, lint_imports: str, stray: str) -> None:
    append(tree / "src/consentry" / stray, "")
    done = lint(lint_imports, tree)
    assert done.returncode == 1
    assert "Each room stands on its floor and looks only downward BROKEN" in done.stdout
    assert "consentry.stray" in done.stdout


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("tokens.py", "import consentry.grants", "Each room stands on its floor"),
        ("spec/pkce.py", "import consentry.tokens", "Each room stands on its floor"),
        ("clients/model.py", "import consentry.deployments", "Each room stands on its floor"),
        ("web/__init__.py", "import consentry.store", "Each room stands on its floor"),
        ("store/__init__.py", "import consentry.gateway", "Each room stands on its floor"),
        ("demo/__init__.py", "import consentry.tokens", "Each room stands on its floor"),
        (
            "web/__init__.py",
            "import consentry.demo",
            "Only the command line starts the demonstration servers",
        ),
        ("accounts/__init__.py", "import sqlite3", "Only the store speaks to a database"),
        ("web/__init__.py", "import asyncpg", "Only the store speaks to a database"),
        ("grants/__init__.py", "import starlette", "The domains know no HTTP library"),
        ("clients/__init__.py", "import httpx2", "The domains know no HTTP library"),
        ("gateway/__init__.py", "import consentry.grants", "The gateway is handed what it needs"),
        ("gateway/__init__.py", "import jinja2", "The gateway is handed what it needs"),
        ("spec/pkce.py", "from time import time", "The standards know no clock"),
        ("spec/pkce.py", "import secrets", "The standards know no clock"),
        ("grants/model.py", "import time", "The rules are handed the time"),
        ("web/__init__.py", "import consentry.settings", "Below the edge nobody reads the settings"),
        ("store/__init__.py", "import consentry.settings", "Below the edge nobody reads the settings"),
    ],
)
def test_an_import_that_a_room_may_not_make_fails_the_check(
    tree: Path, lint_imports: str, room: str, line: str, contract: str
) -> None:
    append(tree / "src/consentry" / room, line)
    done = lint(lint_imports, tree)
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), done.stdout + done.stderr


def test_the_tree_as_it_is_keeps_its_ceilings() -> None:
    assert list(breaches(ROOT)) == []


@pytest.mark.parametrize("name", ["src/long.py", "tests/test_long.py", "src/pages/long.html", "dev/long.sql"])
def test_a_file_of_401_lines_breaks_the_ceiling_and_one_of_400_does_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("# a line\n" * 400)
    assert list(breaches(tmp_path)) == []
    path.write_text("# a line\n" * 401)
    assert list(breaches(tmp_path)) == [f"{name}: 401 lines, and 400 is the ceiling; cut it where its subject divides"]


def test_a_function_of_61_lines_breaks_the_ceiling_in_the_program_alone(tmp_path: Path) -> None:
    for folder in ("src", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "story.py").write_text("async def story():\n" + "    x = 1\n" * 60)
    assert list(breaches(tmp_path)) == ["src/story.py:1: story has 61 lines, and 60 is the ceiling"]
    (tmp_path / "src/story.py").write_text("async def story():\n" + "    x = 1\n" * 59)
    assert list(breaches(tmp_path)) == []


@pytest.mark.parametrize("name", ["utils.py", "helpers/x.py", "token_handler.py", "base_store.py", "common.css"])
def test_a_drawer_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "src" / name
    path.parent.mkdir(parents=True)
    path.write_text("")
    (sentence,) = breaches(tmp_path)
    assert "says nothing of what is in it" in sentence


def test_a_list_of_common_passwords_is_not_a_drawer(tmp_path: Path) -> None:
    (tmp_path / "common_passwords.py").write_text("class HandlerOfNothing: ...\n")
    assert list(breaches(tmp_path)) == []


@pytest.mark.parametrize("name", ["TokenManager", "BaseGrant", "GrantService"])
def test_a_class_named_after_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "grants.py").write_text(f"class {name}: ...\n")
    (sentence,) = breaches(tmp_path)
    assert f"class {name} says nothing of what it is" in sentence


def test_environments_and_caches_are_not_counted(tmp_path: Path) -> None:
    for folder in (".venv", "__pycache__", "build"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "long.py").write_text("x = 1\n" * 401)
    assert list(breaches(tmp_path)) == []


def test_every_room_is_in_the_table_of_how_it_is_built() -> None:
    rooms = {path.stem for path in (ROOT / "src/consentry").iterdir() if not path.name.startswith(("_", "."))}
    rows = re.findall(r"^\| (`.*?`) \| ", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(rooms)
