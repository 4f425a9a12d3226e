"""What goes for good is asked for once more at a terminal, and nowhere else."""

import os
import pty
import subprocess
import sys

import pytest

from tests.cli.commands import EMAIL, Commands


def at_a_terminal(typed: str, *words: str) -> tuple[int, str, str]:
    """The command with its standard input at a terminal, where somebody types: exit code, output and errors."""
    terminal, end = pty.openpty()
    try:
        os.write(terminal, typed.encode())
        run = subprocess.run(
            [sys.executable, "-m", "consentry", *words], stdin=end, capture_output=True, text=True, check=False
        )
    finally:
        os.close(terminal)
        os.close(end)
    return run.returncode, run.stdout, run.stderr


def test_at_a_terminal_it_is_asked_whether_an_account_is_to_go(commands: Commands) -> None:
    commands.with_account()
    code, said, asked = at_a_terminal("n\n", "account", "delete", EMAIL)
    assert (code, said.strip()) == (1, "")
    assert f"The account {EMAIL} goes for good, with its deployments." in asked
    assert asked.endswith("Nothing was done.\n")
    assert [one["email"] for one in commands.answers("account", "list")] == [EMAIL]
    code, said, _ = at_a_terminal("y\n", "account", "delete", EMAIL)
    assert (code, said.lstrip()) == (0, f"The account {EMAIL} is deleted. Connected applications ended: 0.\n")
    assert commands.answers("account", "list") == []


@pytest.mark.parametrize("words", [("account", "delete", EMAIL), ("deployment", "delete", "reminders")])
def test_whoever_says_yes_at_once_is_not_asked(commands: Commands, words: tuple[str, ...]) -> None:
    commands.with_deployment()
    code, said, asked = at_a_terminal("", *words, "--yes")
    assert (code, asked) == (0, "")
    assert "is deleted" in said


def test_a_script_is_believed(commands: Commands) -> None:
    commands.with_deployment()
    assert commands.answers("deployment", "delete", "reminders")["deleted"] is True
    assert "is deleted" in commands.says("account", "delete", EMAIL)
