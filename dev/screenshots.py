"""The pictures of the pages in docs/images, taken from the example pages: `python dev/screenshots.py`."""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from dev.provide import chromium  # noqa: E402  (the line above makes these importable)
from tests.web.pages.gallery import CHROMIUM_FLAGS, served  # noqa: E402

WIDTHS = (320, 768, 1024)
Scheme = Literal["light", "dark"]
PANELS = ("deployments", "deployment", "deployment-new", "set-up", "client", "account", "keys")
SHOTS: tuple[tuple[str, int, Scheme], ...] = (
    *((name, width, "light") for name in ("sign-in", "consent") for width in WIDTHS),
    *((name, width, "light") for name in PANELS for width in WIDTHS),
    *((name, 768, "dark") for name in ("sign-in", "consent", *PANELS)),
)


def main(folder: Path, names: list[str]) -> None:
    """Writes the pictures; with names, of those example pages at every width and in both schemes."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    shots = tuple((n, w, s) for n in names for w in WIDTHS for s in schemes) or SHOTS
    executable = chromium()
    if executable is None:
        sys.exit("Chromium is missing: `make provide` installs it or says how to get it.")
    with served() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for name, width, scheme in shots:
            page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
            page.goto(f"{origin}/page/{name}")
            file = folder / f"{name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
            page.screenshot(path=file, full_page=True)
            page.close()
            print(file)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(Path(sys.argv[1]), sys.argv[2:])
    else:
        main(ROOT / "docs" / "images", [])
