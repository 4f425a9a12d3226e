"""What the machine lacks is installed where that is possible, and named with a way to get it everywhere else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dev.provide import main

CHMOD = shutil.which("chmod")
PROVIDE = Path(__file__).parent.parent / "dev/provide.py"
# Stands in for Debian's apt-get: notes what it was asked, and puts the program where `which` finds it.
APT_GET = """#!/bin/sh
echo "$@" >> "{folder}/asked"
case "$*" in
*chromium) program=chromium ;;
*nginx*) program=nginx ;;
*curl) program=curl ;;
*) exit ;;
esac
printf '#!/bin/sh\\n' > "{folder}/$program"; {chmod} +x "{folder}/$program"
"""
BROKEN_APT_GET = "#!/bin/sh\necho 'E: no route to the archive' >&2\nexit 100\n"


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def provide(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROVIDE)],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_there_is_enough(tmp_path: Path) -> None:
    executable(tmp_path / "chromium-browser", "#!/bin/sh\n")
    executable(tmp_path / "nginx", "#!/bin/sh\n")
    executable(tmp_path / "curl", "#!/bin/sh\n")
    done = provide(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_a_package_manager_the_missing_is_named_with_a_way_to_get_it(tmp_path: Path) -> None:
    done = provide(tmp_path)
    assert done.returncode == 1
    assert "Chromium is missing" in done.stderr
    assert "apt-get install chromium" in done.stderr
    assert "make test-fast" in done.stderr


def test_a_missing_nginx_is_named_too(tmp_path: Path) -> None:
    executable(tmp_path / "chromium", "#!/bin/sh\n")
    done = provide(tmp_path)
    assert done.returncode == 1
    assert "nginx is missing" in done.stderr
    assert "apt-get install nginx-light" in done.stderr


@pytest.fixture
def as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests: the package manager is one of ours."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("as_root")
def test_root_on_debian_gets_what_is_missing_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    executable(tmp_path / "apt-get", APT_GET.format(folder=tmp_path, chmod=CHMOD))
    assert main() == 0
    assert capsys.readouterr().err == ""
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[1] for line in asked] == ["update", "install"] * 3
    assert asked[1].endswith(" chromium")
    assert asked[3].endswith(" nginx-light")
    assert asked[5].endswith(" curl")


@pytest.mark.usefixtures("as_root")
def test_an_installation_that_fails_says_why_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    executable(tmp_path / "apt-get", BROKEN_APT_GET)
    assert main() == 1
    said = capsys.readouterr().err
    assert "E: no route to the archive" in said
    assert "Chromium is missing" in said
