"""The operator's page installs what there is, and its unit starts a command that there is."""

import re
import shlex
import tomllib
from configparser import ConfigParser
from pathlib import Path

from typer.testing import CliRunner

from consentry.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text()


def test_the_unit_starts_serve_with_the_settings_above_it_and_makes_their_data_dir() -> None:
    (written,) = re.findall(r"^```ini\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    unit = ConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(written)
    program, command, option, file = shlex.split(unit["Service"]["ExecStart"])
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert option in said.stdout
    (settings,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(settings)["data_dir"] == f"/var/lib/{unit['Service']['StateDirectory']}"
    (made,) = re.findall(r"^useradd .*--home-dir (\S+) .* (\S+)$", PAGE, re.MULTILINE)
    assert made == (tomllib.loads(settings)["data_dir"], unit["Service"]["User"])
    (other,) = re.findall(r"^sudo -u (.*)$", PAGE, re.MULTILINE)
    assert shlex.split(other)[:2] == [unit["Service"]["User"], program]
    assert shlex.split(other)[-2:] == [option, file]


def test_what_is_installed_is_locked_with_hashes() -> None:
    (folder,) = re.findall(r"^python3 -m venv (\S+)$", PAGE, re.MULTILINE)
    (lock,) = re.findall(rf"^{folder}/bin/pip install --require-hashes -r (\S+)$", PAGE, re.MULTILINE)
    pinned = [line for line in (ROOT / lock).read_text().splitlines() if re.match(r"[a-z].*==", line)]
    assert pinned
    assert (ROOT / lock).read_text().count("--hash=sha256:") >= len(pinned)
