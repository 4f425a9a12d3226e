"""The guide: its commands and programs are run, in the order of its index, against a real server."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consentry import settings
from consentry.clients.presets import PRESETS
from consentry.web.pages.setup_words import OFFERED
from tests.cli.process import running
from tests.cli.test_demo import value
from tests.forked import forker
from tests.journeys.clients.browser import Browser

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
# One shell goes through them: later pages use what earlier ones found out.
IN_ORDER = ("four-checks", "introspection", "refresh-tokens", "scopes", "api", "redirect-uris", "from-jwt", "revoking")
FORWARDING = ROOT / "tests" / "forwarding.py"
PROGRAMS = ROOT / "docs" / "examples" / "refreshing"
RUNNERS = {"refresh.py": sys.executable, "refresh.mjs": str(ROOT / ".venv/bin/node")}


def blocks(page: str) -> list[str]:
    text = (GUIDE / f"{page}.md").read_text()
    return re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@dataclass
class Reader:
    """Somebody who follows the guide: what the shell said, by page, and where it left the files."""

    folder: Path
    said: dict[str, str]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("guide")
    (folder / "docs").symlink_to(ROOT / "docs")
    with running("demo", "--port", "0", "--data", str(folder / "data")) as server:
        mcp_url = value(server, "MCP URL")
        email, password = value(server, "Email"), value(server, "Password")
        server.line("Press Ctrl-C to end.")
        yield Reader(folder, follow(folder, mcp_url, email, password))


def follow(folder: Path, mcp_url: str, email: str, password: str) -> dict[str, str]:
    """Types all of it, and does in the browser what is to be done there."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(settings.PREFIX)}
    issuer = mcp_url.rpartition("/mcp/")[0]
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, words in (
        ("consentry", [sys.executable, "-I", "-S", str(FORWARDING), str(forker().fileno()), "consentry"]),
        ("node", [RUNNERS["refresh.mjs"]]),
        ("python3", [sys.executable]),
    ):
        (bin_folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (bin_folder / name).chmod(0o755)
    environment = kept | {
        "PATH": f"{bin_folder}:{kept['PATH']}",
        "CONSENTRY_DATA_DIR": str(folder / "data"),
        "CONSENTRY_PUBLIC_URL": issuer,
    }
    script = "set -eu -o pipefail\n"
    for page in IN_ORDER:
        commands = "".join(line.removeprefix("$ ") + "\n" for block in blocks(page) for line in block.splitlines())
        script += f"echo; echo '== {page}'\n" + commands.replace("http://127.0.0.1:8000/mcp/reminders", mcp_url)
    (folder / "guide.sh").write_text(script)
    lines = []
    with subprocess.Popen(
        ["bash", "guide.sh"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[forker().fileno()],
    ) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        for line in shell.stdout:
            lines.append(line)
            if line.startswith(f"{issuer}/authorize?"):
                callback = Browser().approve(line.strip(), email, password)
                shell.stdin.write(re.findall(r"[?&]code=([^&]+)", callback)[0] + "\n")
                shell.stdin.flush()
    assert shell.returncode == 0, "".join(lines)
    parts = re.split(r"^== (.+)\n", "".join(lines), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("four-checks", ["The authorization server is http://", "The client ID is client_", '"result"', "HTTP 200"]),
        ("introspection", ['"active":true']),
        ("refresh-tokens", ["HTTP 200\nHTTP 200\n"]),
        ("scopes", ["read", "write"]),
        ("api", ["/mcp/reminders", '"items":[{"at":', '"next":"', "made without grants:read"]),
        ("redirect-uris", ["https://claude.ai/api/mcp/auth_callback", "https://portal.example.com/callback"]),
        ("from-jwt", ["JWTs of https://idp.example.com, by keys at", "until 2040-03-31", "Still by JWT"]),
        ("revoking", ["HTTP 200\nHTTP 401\n"]),
    ],
)
def test_a_page_does_what_it_says(reader: Reader, page: str, expected: list[str]) -> None:
    for part in expected:
        assert part in reader.said[page]


@pytest.mark.slow
def test_the_program_whose_answer_was_lost_holds_the_same_refresh_token_as_the_one_that_got_it(reader: Reader) -> None:
    first, second = (json.loads((reader.folder / name).read_text()) for name in ("tokens.json", "before.json"))
    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    assert min(first["expires_at"], second["expires_at"]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("program", RUNNERS)
def test_a_program_whose_access_was_ended_says_to_connect_again_and_keeps_what_it_had(
    reader: Reader, program: str
) -> None:
    file = reader.folder / ("tokens.json" if program == "refresh.py" else "before.json")
    before = file.read_text()
    words = [RUNNERS[program], str(PROGRAMS / program), str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, file.read_text()) == (1, before)
    assert done.stderr.startswith("Connect again: The refresh token is unknown, expired, used up or not yours")
    assert json.loads(before)["refresh_token"]
    assert file.stat().st_mode & 0o077 == 0


def test_every_page_with_commands_is_run() -> None:
    assert {page.stem for page in GUIDE.glob("*.md") if blocks(page.stem)} == {*IN_ORDER, "quick-start"}


def test_the_quick_start_begins_as_the_page_for_operators_does_whose_commands_are_run() -> None:
    operating = (ROOT / "docs" / "operating.md").read_text()
    run = re.findall(r"^```console\n(.*?)^```", operating, re.MULTILINE | re.DOTALL)
    assert blocks("quick-start") == run[:2]


def test_the_index_names_every_page() -> None:
    index = (GUIDE / "README.md").read_text()
    assert {page.name for page in GUIDE.glob("*.md")} - {"README.md"} == set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def test_the_page_of_redirect_uris_has_those_of_every_preset() -> None:
    text = (GUIDE / "redirect-uris.md").read_text()
    assert {name for name in PRESETS if f"`{name}`" in text} == set(PRESETS)
    hosted = {uri for _, uris in PRESETS.values() for uri in uris if not uri.startswith("http://")}
    assert {uri for uri in hosted if f"`{uri}`" in text} == hosted


def test_the_page_of_clients_has_every_one_that_is_offered_and_its_files_are_json() -> None:
    text = (GUIDE / "clients.md").read_text()
    single = [name for preset, name in OFFERED if preset != "claude-both"]
    assert [name for name in single if f"\n| {name}" not in text] == []
    for block in re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        (servers,) = json.loads(block).values()
        assert "https://mcp.example.com/mcp/reminders" in json.dumps(servers["reminders"])
