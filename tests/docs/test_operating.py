"""The operator's page: every console command on it is run, in order, on an installation in a temporary home."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consentry import settings
from consentry.clients.presets import PRESETS
from consentry.grants.exchange import Issued
from tests.bench import Bench
from tests.builders import DAY
from tests.cli.commands import Commands
from tests.cli.process import running
from tests.demo.conftest import STDIO_SERVER
from tests.forked import forker

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
FORWARDING = Path(__file__).parents[1] / "forwarding.py"
SERVERS = ("serve", "demo")
BLOCKS = [block.splitlines() for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
NEW_PASSWORD = "tavo-kilu-remi-dasu"


def commands_of(block: list[str]) -> list[str]:
    assert all(line.startswith("$ ") for line in block), block
    return [line.removeprefix("$ ") for line in block]


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """A real MCP server in place of the reader's own."""
    words = [sys.executable, "-m", "consentry.demo.textkit", "--until-stdin-closes"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield re.findall(r'"url": "([^"]+)"', process.stdout.readline())[0]
        process.stdin.close()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and the `consentry` of this environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings.PREFIX)}
    home = tmp_path / "home"
    home.mkdir()
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / "consentry"
    forwarding = shlex.join([sys.executable, "-I", "-S", str(FORWARDING), str(forker().fileno()), "consentry"])
    program.write_text(f'#!/bin/sh\nexec {forwarding} "$@"\n')
    program.chmod(0o755)
    return kept | {"HOME": str(home), "PATH": f"{bin_folder}:{kept['PATH']}"}


async def connect_for_good(bench: Bench) -> Issued:
    return await replace(bench, terms=replace(bench.terms, access_token_ttl=36_500 * DAY)).connect()


def with_stand_ins(command: str, upstream: str, folder: Path) -> str:
    """The command, with what is the reader's own replaced: a server, a password, ids, a port that is free."""
    command = command.replace("http://127.0.0.1:9000/mcp", upstream)
    command = command.replace('"npx -y @modelcontextprotocol/server-everything"', shlex.quote(shlex.join(STDIO_SERVER)))
    if command.startswith(("consentry account create", "consentry account set-password")):
        return f"echo {NEW_PASSWORD} | {command} --password-stdin"
    if "rotate-secret" in command:
        command = command.replace("CLIENT_ID", with_secret(folder))
    if "GRANT_ID" in command or "CLIENT_ID" in command:
        command = command.replace("CLIENT_ID", "client_1").replace("GRANT_ID", the_grant(folder))
    return command


def with_secret(folder: Path) -> str:
    """A client of the reader's that has a secret."""
    sql = "SELECT id FROM clients WHERE secret_digest IS NOT NULL"
    ids: list[str] = [row[0] for row in Commands(folder).within(lambda tx: tx.db.all(sql))]
    return ids[0]


def the_grant(folder: Path) -> str:
    """One that an application was given, in the installation of the reader."""
    commands = Commands(folder)
    ids: list[str] = [
        row[0] for row in commands.within(lambda tx: tx.db.all("SELECT id FROM grants WHERE client_id = 'client_1'"))
    ]
    if not ids:
        commands.lived(connect_for_good)
        return the_grant(folder)
    return ids[0]


def test_every_command_of_the_page_runs(environment: dict[str, str], upstream: str, tmp_path: Path) -> None:
    folder = Path(environment["HOME"]) / ".local/share/consentry"
    (file,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "consentry.toml").write_text(file.replace("/var/lib/consentry", f"{tmp_path}/var"))
    said = ""
    for block in BLOCKS:
        lines = [with_stand_ins(command, upstream, folder) for command in commands_of(block)]
        words = shlex.split(lines[0])
        if words[0] == "consentry" and words[1] in SERVERS:
            assert len(lines) == 1, "a server has a block to itself"
            serves(words[1:], environment)
        else:
            said += runs(lines, environment, tmp_path)
    assert "notes" in said
    assert "Client secret" in said
    assert "ended by the operator" in said
    assert "current, published" in said
    assert "cannot be opened" not in said


def runs(lines: list[str], environment: dict[str, str], folder: Path) -> str:
    script = "\n".join(["set -eu -o pipefail", *lines])
    done = subprocess.run(
        ["bash", "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        pass_fds=[forker().fileno()],
    )
    assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def serves(words: list[str], environment: dict[str, str]) -> None:
    options = [word for word in words if word != "--port"]
    with running(*(word for word in options if word != "8000"), "--port", "0", environment=environment) as server:
        server.line("Press Ctrl-C to end." if words[0] == "demo" else '"ready"')
        assert server.end() == 0


def test_the_settings_file_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "consentry.toml"
    file.write_text(text)
    chosen = settings.load(file, {})
    assert chosen.model_fields_set == tomllib.loads(text).keys()
    assert f"server_name {chosen.public_url.removeprefix('https://')};" in PAGE


def test_every_preset_is_named_on_the_page() -> None:
    (line,) = re.findall(r"^Presets: (.*?)\. ", PAGE, re.MULTILINE)
    assert set(re.findall(r"`([\w-]+)`", line)) == set(PRESETS)
