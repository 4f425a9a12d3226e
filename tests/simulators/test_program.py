"""python -m dev.simulators: what it lists, and what it plays against a real `consentry demo`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dev.simulators.__main__ import main
from dev.simulators.rows import CLIENTS, NOT_PLAYED

from tests.cli.commands import Commands
from tests.cli.process import Running, running

ROOT = Path(__file__).parents[2]
RUN_SECONDS = 120


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("CONSENTRY_DATA_DIR", str(tmp_path))
    return Commands(tmp_path)


def value(server: Running, name: str) -> str:
    return server.line(f"{name}  ").removeprefix(name).strip()


@pytest.fixture
def demo(commands: Commands) -> Iterator[tuple[str, str]]:
    """The MCP URL of its first server, and the password."""
    with running("demo", "--port", "0", "--data", str(commands.folder)) as server:
        url, password = value(server, "MCP URL"), value(server, "Password")
        server.line("Press Ctrl-C to end.")
        yield url, password


def play(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CONSENTRY_")}
    return subprocess.run(
        [sys.executable, "-m", "dev.simulators", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def test_it_lists_every_client_and_every_row_that_is_not_played(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert all(f"{client.name} " in said and client.seen in said for client in CLIENTS.values())
    assert all(f"{row.row}: {row.why}" in said for row in NOT_PLAYED)


def test_it_prints_documents_that_can_be_imported(
    capsys: pytest.CaptureFixture[str], commands: Commands, tmp_path: Path
) -> None:
    commands.says("init")
    for name in ("claude-code", "chatgpt", "chatgpt-callback", "codex", "vscode", "goose", "opencode"):
        assert main(["document", name]) == 0
        file = tmp_path / f"{name}.json"
        file.write_text(capsys.readouterr().out)
        imported = commands.answers("cimd", "import", str(file))
        assert imported["client_id"] == json.loads(file.read_text())["client_id"]


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["nobody"], ["claude"], ["document", "cursor"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
    assert "--url" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["claude", "ts-2", "chatgpt-signed", "mcp-remote"])
def test_it_plays_one_by_one_command_against_a_running_demo(demo: tuple[str, str], name: str) -> None:
    url, password = demo
    done = play(name, "--url", url, "--email", "demo@example.com", "--password", password)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name} got through" in done.stdout
    assert "list_reminders called" in done.stdout
    assert password not in done.stdout


@pytest.mark.slow
def test_documents_that_were_imported_are_known_by_their_own_names(
    demo: tuple[str, str], commands: Commands, tmp_path: Path
) -> None:
    url, password = demo
    file = tmp_path / "vscode.json"
    file.write_text(play("document", "vscode").stdout)
    commands.says("cimd", "import", str(file))
    done = play("vscode", "--imported", "--url", url, "--email", "demo@example.com", "--password", password)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "https://vscode.dev/oauth/client-metadata.json" in done.stdout


@pytest.mark.slow
def test_a_client_that_gets_stuck_is_an_exit_code_of_one_and_a_sentence(demo: tuple[str, str]) -> None:
    url, _ = demo
    done = play("cursor", "--url", url, "--email", "demo@example.com", "--password", "not the right one")
    assert done.returncode == 1
    assert (
        "cursor connects and gets stuck: the account page cannot be seen: are email and password right?" in done.stderr
    )
    nowhere = play("cursor", "--url", "http://127.0.0.1:9/mcp/x", "--email", "a@b", "--password", "x")
    assert nowhere.returncode == 1
    assert "cursor connects and gets stuck" in nowhere.stderr
