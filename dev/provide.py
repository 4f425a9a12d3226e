"""What the tests need of the machine beyond Python packages. Standard library only."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """What is looked for under any of its names, what Debian's package of it is called, and how else to get it."""

    names: tuple[str, ...]
    package: str
    missing: str

    def path(self) -> str | None:
        """Where it is installed, if it is."""
        return next((path for name in self.names if (path := shutil.which(name))), None)


CHROMIUM = Program(
    ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chromium",
    """Chromium is missing; the tests of the pages drive it. Looked for: {names}.
  Debian       apt-get install chromium   (as root, `make test` does this by itself)
  Fedora       dnf install chromium
  macOS        brew install --cask chromium, and put a `chromium` that starts it on the PATH
  elsewhere    https://www.chromium.org/getting-involved/download-chromium
Without a browser: make test-fast""",
)
NGINX = Program(
    ("nginx",),
    "nginx-light",
    """nginx is missing; the tests of forward authentication start it. Looked for: {names}, on the PATH.
  Debian       apt-get install nginx-light   (as root, `make test` does this by itself); it lies in /usr/sbin
  Fedora       dnf install nginx
  macOS        brew install nginx
Without it: make test-fast""",
)
CURL = Program(
    ("curl",),
    "curl",
    """curl is missing; the commands of the guide call it. Looked for: {names}, on the PATH.
  Debian       apt-get install curl   (as root, `make test` does this by itself)
  Fedora       dnf install curl
  macOS        it is there; see that /usr/bin is on the PATH
Without it: make test-fast""",
)
PROGRAMS = (CHROMIUM, NGINX, CURL)


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return CHROMIUM.path()


def installs_packages() -> bool:
    """Whether this is root on Debian or one of its children."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str) -> bool:
    """Debian's package of that name, said aloud while it comes; False when apt-get fails."""
    print(f"Installing Debian's {package} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", "--quiet=2", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"apt-get {command[0]} failed:\n{done.stderr.strip()}", file=sys.stderr)
            return False
    return True


def main() -> int:
    """0 once everything is there; otherwise say what is missing and how to get it, and 1."""
    for program in PROGRAMS:
        if program.path() is None and installs_packages():
            install(program.package)
        if program.path() is None:
            print(program.missing.format(names=", ".join(program.names)), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
