"""What is particular to some pages, in Chromium: keys, decisions without JavaScript, and what scripts add."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.pages.examples import CONSENT
from tests.web.pages.gallery import CHROMIUM_FLAGS, served

pytestmark = pytest.mark.slow

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


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


def _opened(chromium: Browser, address: str, scheme: Scheme = "light") -> Page:
    context = chromium.new_context(viewport={"width": 768, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    return page


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
        f"shown={CONSENT.shown}",
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


def test_the_content_is_reached_past_the_navigation(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/deployment")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.context.close()


def test_the_places_fold_into_a_menu_on_a_phone_alone_and_open_without_javascript(
    chromium: Browser, origin: str
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/page/deployments")
    keys, menu = page.get_by_role("link", name="API keys"), page.get_by_text("Menu", exact=True)
    assert (keys.is_visible(), menu.is_visible()) == (False, True)
    page.keyboard.press("Tab")
    for _ in range(4):  # past what skips to the content, the mark and the way out
        if page.evaluate("document.activeElement.localName") != "summary":
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert keys.is_visible()
    page.keyboard.press("Enter")
    assert not keys.is_visible()
    page.set_viewport_size({"width": 1024, "height": 800})
    assert (keys.is_visible(), menu.is_visible()) == (True, False)
    context.close()


def test_a_file_of_an_application_s_is_copied_with_its_lines(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/client-cursor")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    page.get_by_role("button", name="Copy For mcp.json").click()
    page.get_by_text("Copied", exact=True).wait_for()
    pasted = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(pasted)["mcpServers"]["reminders"]["auth"] == {"CLIENT_ID": "client_4Qm2xV9dKfB7wLhT0sNcRa"}
    assert pasted.count("\n") == 9
    page.context.close()


def test_a_value_is_copied_by_its_button_and_said_to_be(chromium: Browser, origin: str) -> None:
    page = _opened(chromium, f"{origin}/page/deployment")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "https://mcp.example.com/mcp/reminders"
    page.context.close()


def test_a_log_is_followed_by_its_button_under_the_policy_of_the_page(chromium: Browser, origin: str) -> None:
    page, complaints = _opened(chromium, f"{origin}/page/log"), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.evaluate("document.getElementById('log').replaceChildren()")
    page.get_by_role("button", name="Follow live").click()
    page.get_by_role("cell", name="403 error").wait_for()
    following = page.get_by_role("button", name="Following")
    assert following.get_attribute("aria-pressed") == "true"
    following.click()
    assert page.get_by_role("button", name="Follow live").get_attribute("aria-pressed") == "false"
    assert complaints == []
    page.context.close()
