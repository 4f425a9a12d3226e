"""The pages in Chromium: widths, targets, keyboard, schemes, no JavaScript, and what axe finds."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.pages.examples import CONSENT, EVERY
from tests.web.pages.gallery import CHROMIUM_FLAGS, PAGES, served

pytestmark = pytest.mark.slow

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (320, 768, 1024)

# Links inside a sentence are exempt, as WCAG 2.2 §2.5.5 says; every link of ours that stands alone is not.
SMALL_TARGETS = """
() => [...document.querySelectorAll("button, input:not([type=hidden]), summary, a")]
  .map(e => [e.textContent.trim() || e.name, e.getBoundingClientRect()])
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


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def chromium(chromium_executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Page:
    """For tests that leave nothing behind: it takes a third of the time of one in a context of its own."""
    return chromium.new_context().new_page()


@pytest.fixture(scope="module")
def page_for_axe(chromium: Browser) -> Page:
    """Which brings a script of its own."""
    return chromium.new_context(bypass_csp=True).new_page()


def _opened(chromium: Browser, address: str, scheme: Scheme = "light") -> Page:
    context = chromium.new_context(viewport={"width": 768, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways_and_targets_are_large(page: Page, origin: str, name: str) -> None:
    page.goto(f"{origin}/page/{name}")
    for script in ("", OPEN_DETAILS):
        page.evaluate(script)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("window.innerWidth") == width
            assert page.evaluate(OVERFLOW) <= 0, width
            assert page.evaluate(SMALL_TARGETS) == [], width
            assert page.evaluate(OUTSIDE_WINDOW) == [], width


@pytest.mark.parametrize("name", EVERY)
def test_a_letter_wider_than_a_phone_is_cut_at_the_edge(page: Page, origin: str, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{origin}/page/{name}")
    page.evaluate(OPEN_DETAILS)
    page.evaluate(WIDE_LETTERS)
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", EVERY)
def test_axe_finds_nothing(page_for_axe: Page, origin: str, name: str, scheme: Scheme) -> None:
    page_for_axe.emulate_media(color_scheme=scheme)
    page_for_axe.goto(f"{origin}/page/{name}")
    page_for_axe.evaluate(OPEN_DETAILS)
    for width, axe in zip(WIDTHS, (Axe(), Axe(""), Axe("")), strict=True):  # its script stays in the page
        page_for_axe.set_viewport_size({"width": width, "height": 800})
        results = axe.run(page_for_axe)
        assert results.response["violations"] == [], f"at {width}: {results.generate_report()}"


@pytest.mark.parametrize("name", EVERY)
def test_nothing_on_a_page_is_stopped_by_the_content_security_policy(chromium: Browser, origin: str, name: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    complaints: list[str] = []
    answers: dict[str, int] = {}
    page.on("console", lambda message: complaints.append(message.text))
    page.on("response", lambda answer: answers.update({answer.url.removeprefix(origin): answer.status}))
    page.goto(f"{origin}/page/{name}")
    assert complaints == []
    assert set(answers.values()) == {200}
    assert any(address.startswith("/static/consentry.css?v=") for address in answers)
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_ground_follows_the_scheme_a_person_has_chosen(chromium: Browser, origin: str, scheme: Scheme) -> None:
    page = _opened(chromium, f"{origin}/page/consent", scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))
    assert (lightness > 600) == (scheme == "light")
    page.context.close()


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))


def _tabbed(page: Page, times: int) -> list[str]:
    names = []
    for _ in range(times):
        page.keyboard.press("Tab")
        names.append(_focused(page))
    return names


def test_sign_in_starts_in_the_email_field_and_goes_on_by_keyboard(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/sign-in")
    assert _focused(page) == "email"
    page.keyboard.type("ada@example.com")
    assert _tabbed(page, 1) == ["password"]
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    assert page.locator("li").all_text_contents() == [
        "csrf=csrf-of-the-session",
        "next=/authorize?client_id=cl_1&state=a%26b",
        "email=ada@example.com",
        "password=correct horse battery",
    ]
    page.context.close()


def test_consent_is_read_before_it_can_be_given_and_nothing_is_focused_at_first(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/consent")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    order = _tabbed(page, 6)
    assert order[:2] == ["Consentry", "Sign out"]
    assert order[2].startswith("5 tools today")
    assert order[3:5] == ["decision", "decision"]
    assert order[5] == "The request in full"
    page.context.close()


def test_the_focused_control_shows_a_ring(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/consent")
    for _ in range(6):
        page.keyboard.press("Tab")
        style = "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])"
        kind, width = page.evaluate(f"{style}(getComputedStyle(document.activeElement))")
        assert kind == "solid"
        assert width >= 2
    page.context.close()


@pytest.mark.parametrize(("text", "value"), [("Approve", "approve"), ("Deny", "deny")])
def test_a_decision_is_sent_without_javascript(chromium: Browser, origin: str, text: str, value: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/page/consent")
    page.get_by_role("button", name=text, exact=True).click()
    page.wait_for_url("**/authorize")
    sent = page.locator("li").all_text_contents()
    assert sent == [
        "csrf=csrf-of-the-request",
        f"request={CONSENT.request}",
        f"decision={value}",
    ]
    context.close()


def test_the_tools_open_without_javascript(chromium: Browser, origin: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/page/consent")
    assert not page.get_by_text("Delete a reminder").is_visible()
    page.get_by_text("5 tools today").click()
    assert page.get_by_text("Delete a reminder").is_visible()
    context.close()
