"""`python -m dev.screenshots [NAME …]`: takes every picture, or those of the names, into docs/images.

The name `story` is that of the pictures in README.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from dev.provide import chromium
from dev.screenshots import index, story
from dev.screenshots.album import PICTURES, SCHEMES, WIDTHS, file_name
from dev.screenshots.camera import camera
from dev.screenshots.walk.route import walked

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main(names: Sequence[str]) -> None:
    """Writes the pictures and the page that shows them."""
    wanted = [picture.name for picture in PICTURES if not names or picture.name in names]
    if unknown := set(names) - set(wanted) - {"story"}:
        sys.exit(f"There is no picture called {', '.join(sorted(unknown))}.")
    executable = chromium()
    if executable is None:
        sys.exit("Chromium is missing: `make provide` installs it or says how to get it.")
    told = {} if names and "story" not in names else asyncio.run(story.pictured(executable))
    print("Walking through an installation …", flush=True)
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):  # what it logs is meant to happen
        kept = walked(Path(folder))
    size = 0
    with camera(executable, kept) as taking:
        for scheme in SCHEMES:
            for width in WIDTHS:
                with taking.at(width, scheme) as page:
                    for number, name in enumerate(wanted, 1):
                        print(f"\r{width} {scheme:5} {number}/{len(wanted)} ", end="", flush=True)
                        picture = taking.take(page, name)
                        size += len(picture)
                        (IMAGES / file_name(name, width, scheme)).write_bytes(picture)
        for name, shot in told.items():
            (IMAGES / "story" / f"{name}.png").write_bytes(taking.few_colours(shot))
    index.PAGE.write_text(index.render())
    print(f"\r{len(wanted)} pages, {size / 1e6:.1f} MB, into {IMAGES}")


if __name__ == "__main__":
    main(sys.argv[1:])
