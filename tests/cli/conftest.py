"""A command line with its data in a folder of its own."""

import os
from pathlib import Path

import pytest

from tests.cli.commands import Commands


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in [name for name in os.environ if name.startswith("CONSENTRY_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("CONSENTRY_DATA_DIR", str(folder))
    return Commands(folder)
