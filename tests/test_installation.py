import asyncio
import contextlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from consentry.installation import KEY_FILE, Installation, open_installation
from consentry.settings import Settings, SettingsError
from consentry.store import Store, StoreError
from consentry.store.migrate import migrations
from tests.builders import NOW, counted

pytestmark = pytest.mark.anyio

OPEN_AND_SEAL = """
import json, sys
from pathlib import Path
from consentry.installation import open_installation
from consentry.settings import Settings
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
opened = open_installation(Settings(data_dir=Path(sys.argv[1])))
json.dump(opened.sealer.sign(b"message", "purpose").hex(), sys.stdout)
"""


def opened(folder: Path, **settings: object) -> Installation:
    chosen = Settings.model_validate({"data_dir": folder} | settings)
    return open_installation(chosen, clock=lambda: NOW, entropy=counted())


@contextlib.contextmanager
def closed(store: Store) -> Iterator[None]:
    yield
    asyncio.run(store.aclose())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_what_is_in_it_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with closed(opened(folder).store):
        assert mode(folder) == 0o700
        assert {path.name: mode(path) for path in folder.iterdir() if path.name in {KEY_FILE, "consentry.db"}} == {
            KEY_FILE: 0o600,
            "consentry.db": 0o600,
        }


def test_the_key_is_made_once_and_used_again(tmp_path: Path) -> None:
    with closed((first := opened(tmp_path)).store):
        text = (tmp_path / KEY_FILE).read_text()
        sealed = first.sealer.seal(b"plain", "purpose")
    assert len(text.strip()) == 64
    with closed((second := opened(tmp_path)).store):
        assert (tmp_path / KEY_FILE).read_text() == text
        assert second.sealer.open(sealed, "purpose") == b"plain"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(KEY_FILE)] == [KEY_FILE]


def test_a_key_that_is_given_leaves_no_file(tmp_path: Path) -> None:
    old, new = "o" * 32, "n" * 32
    with closed((before := opened(tmp_path, secret_key=(old,))).store):
        sealed = before.sealer.seal(b"plain", "purpose")
    with closed((after := opened(tmp_path, secret_key=(new, old))).store):
        assert after.sealer.open(sealed, "purpose") == b"plain"
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("text", [b"", b"\n", b"short", b"\xff\xfe"])
def test_a_key_file_without_a_key_is_told_and_left_as_it_is(tmp_path: Path, text: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(text)
    with pytest.raises(SettingsError, match="put the key back, or remove the file"):
        opened(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == text


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"cannot be made .*set data_dir to one that can"):
        opened(tmp_path / "file" / "folder")


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"file is no folder: set data_dir to one\.$"):
        opened(tmp_path / "file")


def test_a_database_elsewhere_whose_folder_cannot_be_made_is_told_by_its_own_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"file/x cannot be made .*: set database_url to one that can"):
        opened(tmp_path / "data", database_url=f"sqlite:///{tmp_path}/file/x/y.db")


def test_a_database_whose_key_is_missing_is_not_opened_under_a_new_one(tmp_path: Path) -> None:
    with closed((made := opened(tmp_path)).store):
        asyncio.run(made.prepare())
    key = (tmp_path / KEY_FILE).rename(tmp_path / "elsewhere").read_text().strip()
    with pytest.raises(
        SettingsError, match=r"secret_key is missing, and .*consentry\.db was made with it: put the key"
    ):
        opened(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()
    with closed(opened(tmp_path, secret_key=(key,)).store):
        pass
    for file in tmp_path.glob("consentry.db*"):
        file.unlink()
    with closed(opened(tmp_path).store):
        assert (tmp_path / KEY_FILE).exists()


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).mkdir()
    with pytest.raises(SettingsError, match="Set secret_key, or mend the rights of data_dir"):
        opened(tmp_path)


def test_a_key_that_another_process_made_meanwhile_is_the_key_of_both(tmp_path: Path) -> None:
    theirs = "t" * 64

    def entropy(size: int) -> bytes:
        """The other process is faster just when ours makes its own."""
        (tmp_path / KEY_FILE).write_text(theirs)
        return b"o" * size

    ours = open_installation(Settings(data_dir=tmp_path), clock=lambda: NOW, entropy=entropy)
    with closed(ours.store):
        assert ours.sealer.keys == (theirs.encode(),)
    assert (tmp_path / KEY_FILE).read_text() == theirs
    assert [path.name for path in tmp_path.glob(f"{KEY_FILE}*")] == [KEY_FILE]


@pytest.mark.slow
def test_of_processes_that_start_at_once_all_have_one_key(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "src"
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_AND_SEAL, str(tmp_path / "data")],
            env=os.environ | {"PYTHONPATH": str(source)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    signatures = {json.loads(starter.communicate(timeout=60)[0]) for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 6
    assert len(signatures) == 1
    with closed(opened(tmp_path / "data").store):
        assert [path.name for path in (tmp_path / "data").glob(f"{KEY_FILE}*")] == [KEY_FILE]


async def test_preparing_brings_the_database_up_to_date_and_makes_one_signing_key(tmp_path: Path) -> None:
    async with contextlib.aclosing((made := opened(tmp_path)).store):
        with pytest.raises(StoreError, match=r"is not up to date .*: run `consentry init`"):
            await made.require_current()
        assert await made.prepare() == [migration.name for migration in migrations()]
        await made.require_current()
        assert await made.prepare() == []
        assert len(await made.store.read(lambda tx: tx.list_signing_keys())) == 1


def test_terms_and_addresses_are_those_of_the_settings(tmp_path: Path) -> None:
    said = {"public_url": "https://h.example/auth", "access_token_ttl": 5, "code_ttl": 6, "refresh_grace": 7}
    with closed((made := opened(tmp_path, **said)).store):
        assert (made.terms.access_token_ttl, made.terms.code_ttl, made.terms.refresh_grace) == (5, 6, 7)
        assert made.terms.refresh_token_ttl == 7_776_000
        assert made.addresses.issuer == "https://h.example/auth"
        assert made.clock() == NOW


def test_a_database_elsewhere_has_its_folder_made(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "x.db"
    with closed(opened(tmp_path / "data", database_url=f"sqlite:///{elsewhere}").store):
        assert elsewhere.exists()
        assert mode(elsewhere.parent) == 0o700
