"""Chromium as a camera: pages that were kept, at a width and in a scheme, as PNG of few colours."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dev.screenshots.walk.route import ORIGIN
from dev.screenshots.walk.visitor import Kept
from playwright.sync_api import Browser, Page, Route, sync_playwright
from tests.web.pages.gallery import CHROMIUM_FLAGS

from consentry.web.pages.assets import STATIC_DIRECTORY

# What is below is as above: a reference of fifty operations, a long log.
TALLEST = 2000
COLOURS = 32
OPEN_TOOLS = "() => document.querySelectorAll('details.tools').forEach(one => { one.open = true; })"
PALETTE = (Path(__file__).parent / "palette.js").read_text().replace("MOST", str(COLOURS))
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Camera:
    """One browser. Nothing leaves it: pages and files come from what was kept."""

    def __init__(self, browser: Browser, kept: Mapping[str, Kept]) -> None:
        self._browser = browser
        self._kept = kept
        self._dark_room = browser.new_page()
        self._showing = ""

    @contextmanager
    def at(self, width: int, scheme: str) -> Iterator[Page]:
        """A page of that width, in a place where the clocks show UTC."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 640},
            color_scheme="dark" if scheme == "dark" else "light",
            timezone_id="UTC",
            locale="en-GB",
        )
        context.route("**/*", self._answer)
        yield context.new_page()
        context.close()

    def take(self, page: Page, name: str) -> bytes:
        """The page of that name as PNG."""
        self._showing = self._kept[name].html
        page.goto(f"{ORIGIN}{self._kept[name].path}")
        if name.endswith("-tools"):
            page.evaluate(OPEN_TOOLS)
        width = page.evaluate("innerWidth")
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        shot = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
        return self.few_colours(shot)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = Path(STATIC_DIRECTORY) / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=MEDIA[file.suffix])
        elif route.request.is_navigation_request():
            route.fulfill(body=self._showing, content_type="text/html")
        else:
            route.abort()

    def few_colours(self, shot: bytes) -> bytes:
        """The same picture, in a fraction of the bytes."""
        found = self._dark_room.evaluate(PALETTE, f"data:image/png;base64,{b64encode(shot).decode()}")
        return png(found["width"], bytes(found["palette"]), b64decode(found["indices"]))


@contextmanager
def camera(executable: str, kept: Mapping[str, Kept]) -> Iterator[Camera]:
    """One with Chromium at that path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield Camera(browser, kept)
        browser.close()


def png(width: int, palette: bytes, indices: bytes) -> bytes:
    """PNG (RFC 2083) of colour type 3: three bytes of palette for each colour, one of index for each pixel."""
    header = width.to_bytes(4) + (len(indices) // width).to_bytes(4) + b"\x08\x03\0\0\0"
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, len(indices), width))
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
