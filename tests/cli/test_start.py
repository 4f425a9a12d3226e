"""What a command imports: a start costs what the command needs, and no command waits for the server's libraries."""

import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from consentry.cli import app
from consentry.cli.later import Deferred
from tests.cli.commands import Commands

# Run one after the other in one process, and then ask what was imported on the way.
PROGRAM = """
import shlex, sys
from consentry.cli import app
for line in sys.argv[1:]:
    try:
        app(shlex.split(line), standalone_mode=False)
    except SystemExit:
        pass
print(*sys.modules, sep="\\n", file=sys.stderr)
"""
SERVING = {"mcp", "mcp_types", "uvicorn", "uvloop", "httptools", "starlette", "jinja2", "prometheus_client"}
OPENING = SERVING | {"pydantic", "sqlite3", "asyncpg", "redis", "cryptography", "joserfc", "structlog", "rich"}
QUICK = [
    *("deployment list", "deployment show nowhere", "deployment delete nowhere", "account list", "client list"),
    *("cimd list", "registration-token list", "grant list", "api-key list", "key list", "log", "init", "sweep"),
]


def _imported(*lines: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", PROGRAM, *lines], capture_output=True, text=True, check=True)
    return set(run.stderr.splitlines())


def test_help_and_version_import_no_room(commands: Commands) -> None:
    modules = _imported("--version", "--help")
    assert OPENING & modules == set()
    assert {name for name in modules if name.startswith("consentry.")} == {
        "consentry.cli",
        "consentry.cli.later",
        "consentry.cli.spoken",
    }


def test_a_command_that_only_looks_imports_nothing_that_serves(commands: Commands) -> None:
    modules = _imported("init", *QUICK)
    assert {name for name in modules if name.startswith("consentry.cli.")} >= {
        f"consentry.cli.{name}"
        for name in ("deployment", "account", "client", "cimd", "grant", "api_key", "key", "log")
    }
    assert (SERVING | {"asyncpg", "redis"}) & modules == set()
    assert {name for name in modules if name.startswith(("consentry.app", "consentry.web", "consentry.demo"))} == set()


def _deferred() -> list[tuple[str, Deferred]]:
    found: list[tuple[str, Deferred]] = []
    groups: list[tuple[str, TyperGroup]] = [("", get_command(app))]  # type: ignore[list-item]
    while groups:
        words, group = groups.pop()
        for name, command in group.commands.items():
            within = command
            if isinstance(command, Deferred):
                found.append((f"{words} {name}".strip(), command))
                within = command.command
            if isinstance(within, TyperGroup):
                groups.append((f"{words} {name}".strip(), within))
    return found


@pytest.mark.parametrize(("words", "deferred"), _deferred())
def test_a_list_says_of_a_command_what_its_own_help_begins_with(words: str, deferred: Deferred) -> None:
    about = " ".join((deferred.command.help or "").split())
    assert deferred.short_help, words
    assert about.startswith(deferred.short_help.rstrip(".")), words
