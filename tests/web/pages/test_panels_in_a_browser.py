"""The pages of the dashboard in Chromium: one walk through each, at the widths, by the rules that all pages keep."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.web.pages.gallery import CHROMIUM_FLAGS, IN_THE_PANEL, served
from tests.web.pages.test_in_a_browser import OPEN_DETAILS, OUTSIDE_WINDOW, OVERFLOW, SMALL_TARGETS, WIDTHS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def pages(chromium_executable: str) -> Iterator[dict[str, Page]]:
    """One with the policy that pages have, one that lets axe in and shows the dark scheme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable, args=CHROMIUM_FLAGS)
        yield {
            "as served": browser.new_context().new_page(),
            "for axe": browser.new_context(bypass_csp=True, color_scheme="dark").new_page(),
        }
        browser.close()


@pytest.mark.parametrize("name", IN_THE_PANEL)
def test_a_page_of_the_dashboard_fits_every_width_and_hand_and_ear(
    pages: dict[str, Page], origin: str, name: str
) -> None:
    page, complaints = pages["as served"], list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{origin}/page/{name}")
    page.evaluate(OPEN_DETAILS)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) <= 0, width
        assert page.evaluate(SMALL_TARGETS) == [], width
        assert page.evaluate(OUTSIDE_WINDOW) == [], width
    assert complaints == []
    heard = pages["for axe"]
    heard.set_viewport_size({"width": 320, "height": 800})
    if not name.startswith("hostile-"):
        heard.emulate_media(color_scheme="light" if len(name) % 2 else "dark")
        heard.goto(f"{origin}/page/{name}")
        heard.evaluate(OPEN_DETAILS)
        results = Axe().run(heard)
        assert results.response["violations"] == [], results.generate_report()


def test_the_content_is_reached_past_the_navigation(pages: dict[str, Page], origin: str) -> None:
    page = pages["as served"]
    page.goto(f"{origin}/page/deployment")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_a_value_is_copied_by_its_button_and_said_to_be(pages: dict[str, Page], origin: str) -> None:
    page = pages["as served"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    page.goto(f"{origin}/page/deployment")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "https://mcp.example.com/mcp/reminders"


def test_a_log_is_followed_by_its_button_under_the_policy_of_the_page(pages: dict[str, Page], origin: str) -> None:
    page, complaints = pages["as served"], list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{origin}/page/log")
    page.evaluate("document.getElementById('log').replaceChildren()")
    page.get_by_role("button", name="Follow live").click()
    page.get_by_role("cell", name="403 error").wait_for()
    following = page.get_by_role("button", name="Following")
    assert following.get_attribute("aria-pressed") == "true"
    following.click()
    assert page.get_by_role("button", name="Follow live").get_attribute("aria-pressed") == "false"
    assert complaints == []
