"""Every page in Chromium: widths, targets, keyboard, without JavaScript, and what axe finds in light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.web.pages.catalogue import HOSTILE, PAGES
from tests.web.pages.gallery import CHROMIUM_FLAGS, served

pytestmark = pytest.mark.slow

WIDTHS = (320, 768, 1024)

# Links inside a sentence are exempt, as WCAG 2.2 §2.5.5 says; every link of ours that stands alone is not.
SMALL_TARGETS = """
() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, a")]
  .map(e => [e.textContent.trim() || e.name, (e.closest("label.choice") || e).getBoundingClientRect()])
  .filter(([_, box]) => box.width && (box.height < 44 || box.width < 44))
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)
"""
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
WIDE_LETTERS = """
() => document.querySelectorAll("bdi").forEach(name => {
  name.textContent = "";
  Object.assign(name.appendChild(document.createElement("span")).style, {display: "inline-block", width: "900px"});
})
"""
OPEN_DETAILS = "() => document.querySelectorAll('details').forEach(d => d.open = true)"
OUTSIDE_WINDOW = """
() => [...document.querySelectorAll("main .button, main dd, main h1")]
  .filter(e => { const b = e.getBoundingClientRect(); return b.left < 0 || b.right > window.innerWidth + 0.5; })
  .map(e => e.textContent.trim())
"""
# Once a key was pressed, what gets the focus shows it: what cannot be reached by Tab in its place, or shows no ring.
PAST_THE_KEYBOARD = """
() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, a, [role=button]")]
  .filter(e => e.checkVisibility())
  .filter(e => {
    e.focus();
    const ring = [e, e.closest("label")].filter(Boolean).map(e => getComputedStyle(e))
      .some(style => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2);
    return document.activeElement !== e || e.tabIndex !== 0 || !ring;
  })
  .map(e => e.outerHTML.slice(0, 120))
"""
ONLY_FOR_A_POINTER = """
() => [...document.querySelectorAll("[onclick], [tabindex]:not([tabindex='0'])")].map(e => e.outerHTML.slice(0, 120))
"""
SEEN = "() => [...document.querySelectorAll('main :is(form, .button, input, select, textarea, h1, h2, li, dd, td)')]"
COUNTED = f"() => ({SEEN})().filter(e => e.checkVisibility() && e.type !== 'button').length"
IDLE_BUTTONS = "() => [...document.querySelectorAll('button[type=button]')].filter(e => e.checkVisibility()).length"


@dataclass
class Windows:
    """As a page is served; without JavaScript; and one that lets axe in, which brings a script of its own."""

    origin: str
    served: Page
    plain: Page
    for_axe: Page


@pytest.fixture(scope="module")
def windows(chromium_executable: str) -> Iterator[Windows]:
    with served() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable, args=CHROMIUM_FLAGS)
        yield Windows(
            origin,
            browser.new_context().new_page(),
            browser.new_context(java_script_enabled=False).new_page(),
            browser.new_context(bypass_csp=True).new_page(),
        )
        browser.close()


@pytest.mark.proves("C14")
@pytest.mark.parametrize("name", [*PAGES, *HOSTILE])
def test_a_page_fits_every_width_and_hand_and_asks_for_nothing_that_its_policy_stops(
    windows: Windows, name: str
) -> None:
    page, complaints, answers = windows.served, list[str](), dict[str, int]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("response", lambda answer: answers.update({answer.url: answer.status}))
    page.goto(f"{windows.origin}/page/{name}")
    for script in ("", OPEN_DETAILS):
        page.evaluate(script)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("window.innerWidth") == width
            assert page.evaluate(OVERFLOW) <= 0, width
            assert page.evaluate(SMALL_TARGETS) == [], width
            assert page.evaluate(OUTSIDE_WINDOW) == [], width
    assert complaints == []
    assert set(answers.values()) <= {200, 304}


@pytest.mark.parametrize("name", PAGES)
def test_everything_is_reached_by_keyboard_and_without_javascript_nothing_is_missing_or_idle(
    windows: Windows, name: str
) -> None:
    page, plain = windows.served, windows.plain
    for window in (page, plain):
        window.set_viewport_size({"width": 320, "height": 800})
        window.goto(f"{windows.origin}/page/{name}")
        window.evaluate(OPEN_DETAILS)
    assert plain.evaluate(COUNTED) == page.evaluate(COUNTED) > 0
    assert plain.evaluate(IDLE_BUTTONS) == 0
    page.keyboard.press("Tab")
    assert page.evaluate(ONLY_FOR_A_POINTER) == []
    assert page.evaluate(PAST_THE_KEYBOARD) == []
    page.evaluate(WIDE_LETTERS)  # a letter may be wider than a phone
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_narrow_light_page_nor_on_a_wide_dark_one(windows: Windows, name: str) -> None:
    page = windows.for_axe
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{windows.origin}/page/{name}")
    page.evaluate(OPEN_DETAILS)
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1024, "height": 800})
    found = Axe("").run(page)  # its script is there already
    assert found.response["violations"] == [], found.generate_report()
