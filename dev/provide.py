"""What the tests need of the machine beyond Python packages: Chromium. Standard library only."""

import os
import shutil
import subprocess
import sys

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = """Chromium is missing; the tests of the pages drive it. Looked for: {names}.
  Debian       apt-get install chromium   (as root, `make test` does this by itself)
  Fedora       dnf install chromium
  macOS        brew install --cask chromium, and put a `chromium` that starts it on the PATH
  elsewhere    https://www.chromium.org/getting-involved/download-chromium
Without a browser: make test-fast"""


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    return None


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
    if chromium() is None and installs_packages():
        install("chromium")
    if chromium() is None:
        print(HOW_TO_GET_IT.format(names=", ".join(CHROMIUM_NAMES)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
