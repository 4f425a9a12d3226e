"""What stands on each page, read as a script reads it."""

from dataclasses import replace
from typing import get_args

import pytest

from consentry.web.pages import assets
from consentry.web.pages.render import PANELS, TEMPLATES, page
from consentry.web.pages.views import Chrome, Consent, View
from tests.web.pages import examples
from tests.web.pages.examples import CHROME, HOSTILE_NAMES, SIGNED_IN, hostile
from tests.web.pages.reading import Form, Reading

ALLOWED_TAGS = {
    "a", "article", "b", "bdi", "body", "button", "code", "dd", "details", "div", "dl", "dt", "footer", "form", "h1",
    "h2", "h3", "head", "header", "html", "img", "input", "label", "li", "link", "main", "meta", "p", "section",
    "span", "strong", "summary", "title", "ul", "svg", "path", "rect", "circle", "wbr",
}  # fmt: skip
IN_PANELS = ALLOWED_TAGS | {"nav", "script", "time"}


def read(view: View, chrome: Chrome = CHROME) -> Reading:
    return Reading(page(view, chrome=chrome))


def decision_form(view: Consent) -> Form:
    return next(form for form in read(view).forms if "request" in form.inputs)


def test_every_view_has_its_template() -> None:
    assert set(TEMPLATES) == set(get_args(View))


@pytest.mark.parametrize("name", examples.EVERY)
def test_every_page_is_a_document_with_one_heading_landmarks_and_a_title(name: str) -> None:
    view, chrome = examples.EVERY[name]
    html = page(view, chrome=chrome)
    shown = Reading(html)
    assert html.startswith("<!doctype html>")
    assert shown.all("html") == [{"lang": "en"}]
    for once in ("h1", "title", "main", "header", "footer"):
        assert len(shown.all(once)) == 1, once
    metas = {meta.get("name"): meta.get("content") for meta in shown.all("meta")}
    assert metas["referrer"] == "no-referrer"
    assert "noindex" in str(metas["robots"])
    assert metas["viewport"] == "width=device-width, initial-scale=1"


@pytest.mark.parametrize("name", examples.EVERY)
def test_no_page_needs_more_than_the_content_security_policy_gives(name: str) -> None:
    view, chrome = examples.EVERY[name]
    shown = read(view, chrome)
    assert {tag for tag, _ in shown.tags} <= (IN_PANELS if type(view) in PANELS else ALLOWED_TAGS)
    assert all(script["src"].startswith("/static/") for script in shown.all("script"))
    assert not [a for _, attributes in shown.tags for a in attributes if a == "style" or a.startswith("on")]
    assert all(image["src"].startswith("/static/") for image in shown.all("img"))


@pytest.mark.parametrize("name", examples.EVERY)
def test_every_form_is_a_post_with_a_csrf_token(name: str) -> None:
    view, chrome = examples.EVERY[name]
    for form in read(view, chrome).forms:
        assert form.method == "post"
        assert form.inputs["csrf"]["type"] == "hidden"
        assert form.inputs["csrf"]["value"].startswith("csrf-of-the-")


@pytest.mark.parametrize("name", examples.EVERY)
def test_every_page_shows_the_request_number_and_the_way_to_support(name: str) -> None:
    view, chrome = examples.EVERY[name]
    shown = read(view, chrome)
    assert CHROME.request_id in shown.text
    assert [link["href"] for link in shown.all("a")].count("https://example.com/support") == 1


def test_no_support_link_is_shown_where_the_operator_names_none() -> None:
    assert "Get help" not in read(examples.HOME, replace(CHROME, support_url=None)).text
    assert "Get help" not in read(replace(examples.STOPPED, support_url=None)).text


def test_links_and_files_stay_under_the_prefix() -> None:
    shown = read(examples.SIGN_IN, replace(CHROME, prefix="/functions/v1/oauth"))
    own = [a["href"] for a in shown.all("a") + shown.all("link")] + [image["src"] for image in shown.all("img")]
    assert [address for address in own if not address.startswith(("/functions/v1/oauth/", "https://"))] == []


def test_a_file_is_addressed_by_its_content() -> None:
    for name in ("consentry.css", "panel.css", "panel.js", "mark.svg"):
        address = assets.address("/x", name)
        assert address.startswith(f"/x/static/{name}?v=")
        assert len(address.rpartition("=")[2]) == 12
    assert assets.address("", "consentry.css")[-12:] != assets.address("", "mark.svg")[-12:]


def test_the_sign_in_form_is_what_scripts_and_password_keepers_expect() -> None:
    form = read(examples.SIGN_IN).forms[0]
    assert form.action == "/login"
    assert list(form.inputs) == ["csrf", "next", "email", "password"]
    assert form.inputs["next"]["value"] == examples.SIGN_IN.next
    email, password = form.inputs["email"], form.inputs["password"]
    assert (email["type"], email["autocomplete"], "autofocus" in email) == ("email", "username", True)
    assert (password["type"], password["autocomplete"]) == ("password", "current-password")
    assert form.buttons == [("", "", "Sign in")]


def test_a_failed_sign_in_keeps_the_email_says_why_and_ties_it_to_the_fields() -> None:
    html = page(examples.SIGN_IN_FAILED, chrome=CHROME)
    shown = Reading(html)
    form = shown.forms[0]
    assert "<title>Error: Sign in" in html
    assert form.inputs["email"]["value"] == "ada@example.com"
    assert "value" not in form.inputs["password"]
    for field in ("email", "password"):
        assert form.inputs[field]["aria-describedby"] == "error"
        assert form.inputs[field]["aria-invalid"] == "true"
    assert [a["role"] for _, a in shown.tags if a.get("id") == "error"] == ["alert"]


def test_sign_in_names_the_application_that_is_being_connected() -> None:
    assert "to connect Claude. You see what it asks for" in read(examples.SIGN_IN).text
    assert "to connect" not in read(replace(examples.SIGN_IN, client_name=None)).text


def test_the_consent_form_has_two_buttons_reading_deny_and_approve_and_sends_the_request_back_unchanged() -> None:
    form = decision_form(examples.CONSENT)
    assert form.action == "/authorize"
    assert form.buttons == [("decision", "deny", "Deny"), ("decision", "approve", "Approve")]
    assert {name: a["value"] for name, a in form.inputs.items()} == {
        "csrf": examples.CONSENT.csrf,
        "request": examples.CONSENT.request,
        "shown": examples.CONSENT.shown,
    }


@pytest.mark.proves("C14")
def test_consent_shows_who_asks_for_what_where_it_goes_and_who_is_asked() -> None:
    text = read(examples.CONSENT_CHECKED).text
    for said in (
        "Allow Claude to use Reminders?",
        "claude.ai Address checked",
        "https://claude.ai/api/mcp/auth_callback",
        "https://mcp.example.com/mcp/reminders",
        "Use every tool, resource and prompt of Reminders, in your name mcp",
        "Signed in as ada@example.com",
        "Ada Lovelace",
        "Approve only what you trust",
        "Either way you will be sent to claude.ai.",
        "An approval lasts 90 days; you can end it at any time",
    ):
        assert said in text


def test_a_name_that_nobody_checked_is_said_to_be_so() -> None:
    assert "Calls itself Claude Name not checked" in read(examples.CONSENT).text
    assert "Name not checked" not in read(examples.CONSENT_CHECKED).text
    assert "Address checked" not in read(examples.CONSENT).text


@pytest.mark.proves("C15")
def test_an_application_on_this_computer_is_warned_of_by_name() -> None:
    warning = "any program on this computer could claim this name"
    assert warning in read(examples.CONSENT_LOOPBACK).text
    assert warning not in read(examples.CONSENT).text


def test_an_application_with_a_private_scheme_is_warned_of() -> None:
    assert "whichever installed application claims this address" in read(examples.CONSENT_PRIVATE_SCHEME).text


@pytest.mark.proves("D20", "C14")
def test_a_device_is_answered_with_its_code_its_network_and_a_warning_before_ones_eyes() -> None:
    text = read(examples.CONSENT_DEVICE).text
    for said in (
        "Allow MCP CLI to use Reminders?",
        "Your device shows BCDF-GHJK",
        "203.0.113.9 Another network",
        "2 minutes ago, and not from the network that you are on",
        "Use every tool, resource and prompt of Reminders, in your name mcp",
        "Signed in as ada@example.com",
        "https://mcp.example.com/mcp/reminders",
        "Approve only if you started this yourself, just now, on a device that is in front of you",
        "If somebody sent you the code, or a link with it, by mail, chat or telephone: press Deny.",
        "Either way the device is told, and you stay here. An approval lasts 90 days",
    ):
        assert said in text
    assert "sent to" not in text
    assert decision_form(examples.CONSENT_DEVICE).buttons == decision_form(examples.CONSENT).buttons
    near = read(examples.CONSENT_DEVICE_NEAR).text
    assert "Another network" not in near
    assert "from the network that you are on." in near


def test_a_code_is_entered_in_one_field_that_says_what_was_wrong() -> None:
    form = next(form for form in read(examples.DEVICE_CODE).forms if form.action == "/device")
    assert list(form.inputs) == ["csrf", "user_code"]
    field = form.inputs["user_code"]
    assert (field["autocapitalize"], field["autocomplete"], "autofocus" in field) == ("characters", "off", True)
    shown = read(examples.DEVICE_CODE_FAILED)
    failed = next(form for form in shown.forms if form.action == "/device").inputs["user_code"]
    assert failed["aria-describedby"] == "error whose"
    assert {"error", "whose"} <= {attributes.get("id") for _, attributes in shown.tags}
    assert failed["value"] == "BCDF-GHJK"


def test_tools_are_grouped_by_what_they_may_do() -> None:
    text = read(examples.CONSENT).text
    assert "5 tools today 2 read 2 change 1 destroys" in text
    order = [text.index(word) for word in ("List reminders", "Add a reminder", "Delete a reminder")]
    assert order == sorted(order)


def test_tools_that_cannot_be_listed_are_said_to_be_so_and_no_tools_is_something_else() -> None:
    assert "did not answer" in read(examples.CONSENT_LOOPBACK).text
    assert "has no tools at the moment" in read(examples.CONSENT_PRIVATE_SCHEME).text


def test_signing_out_of_the_consent_page_is_a_form_of_its_own() -> None:
    forms = read(examples.CONSENT).forms
    assert [(form.action, [button[2] for button in form.buttons]) for form in forms] == [
        ("/logout", ["Sign out"]),
        ("/authorize", ["Deny", "Approve"]),
    ]


@pytest.mark.proves("C26")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_adds_nothing_to_the_page(name: str) -> None:
    shown, plain = read(hostile(name)), read(hostile("A plain name"))
    assert [tag for tag, _ in shown.tags] == [tag for tag, _ in plain.tags]
    assert [form.buttons for form in shown.forms] == [form.buttons for form in plain.forms]
    assert [sorted(form.inputs) for form in shown.forms] == [sorted(form.inputs) for form in plain.forms]
    assert "49" not in shown.text
    assert not set(shown.text) & set("\u202e\u202c\u2066\u2067\u200f\u200b\x00\x1b")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stands_isolated_and_short_in_the_question(name: str) -> None:
    html = page(hostile(name), chrome=CHROME)
    heading = html[html.index("<h1>") : html.index("</h1>")]
    assert heading.startswith('<h1>Allow <bdi class="stranger">')
    assert "</bdi> to use <bdi" in heading
    assert len(Reading(heading).text) < 150


def test_an_application_without_a_readable_name_is_called_so() -> None:
    text = read(replace(examples.CONSENT, client_name="\u200b \u3164")).text
    assert "Allow An application without a name to use Reminders?" in text


def test_a_value_cannot_leave_its_attribute() -> None:
    breaker = "\"'><script>alert(1)</script>&amp;  " + "x" * 600
    form = decision_form(replace(examples.CONSENT, action=breaker, csrf=breaker, request=breaker))
    assert [form.action, form.inputs["csrf"]["value"], form.inputs["request"]["value"]] == [breaker] * 3


def test_the_whole_redirect_uri_is_shown_however_long() -> None:
    long = "https://claude.ai/" + "p" * 480
    assert long in read(replace(examples.CONSENT, way=replace(examples.BY_REDIRECT, uri=long))).text


def test_a_website_that_an_application_names_is_text_and_never_a_link() -> None:
    view = replace(examples.CONSENT, client_uri="javascript:alert(1)")
    shown = read(view)
    assert "javascript:alert(1)" in shown.text
    assert not [a for _, attributes in shown.tags for a in attributes.values() if a.startswith("javascript:")]


def test_each_connection_can_be_ended_by_its_own_named_button_and_those_of_an_application_together() -> None:
    shown = read(examples.ACCOUNT, SIGNED_IN)
    forms = [form for form in shown.forms if form.action == "/account/disconnect"]
    assert [form.inputs["grant_id"]["value"] for form in forms if "grant_id" in form.inputs] == [
        "gr_1",
        "gr_4",
        "gr_3",
        "gr_2",
    ]
    (together,) = [form for form in forms if "grant_ids" in form.inputs]
    assert (together.inputs["grant_ids"]["value"], together.buttons[0][2]) == ("gr_1 gr_4", "Disconnect all 2")
    ids = {a["id"] for _, a in shown.tags if "id" in a}
    named = [a["aria-labelledby"].split() for a in shown.all("button") if a.get("type") == "submit" and "id" in a]
    assert len(named) == 5
    assert all(set(names) <= ids for names in named)


@pytest.mark.proves("C26")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_adds_nothing_to_the_account_page(name: str) -> None:
    shown, plain = (read(examples.hostile_account(each), SIGNED_IN) for each in (name, "A plain name"))
    assert [tag for tag, _ in shown.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(form.inputs) for form in shown.forms] == [sorted(form.inputs) for form in plain.forms]
    assert "49" not in shown.text
    assert not set(shown.text) & set("\u202e\u202c\u2066\u2067\u200f\u200b\x00\x1b")


def test_the_frame_leads_to_every_place_and_says_which_one_this_is() -> None:
    shown = read(examples.ACCOUNT, SIGNED_IN)
    (current,) = [a["href"] for a in shown.all("a") if a.get("aria-current") == "page"]
    assert current == "/account"
    assert {place.href for place in examples.PLACES} <= {a["href"] for a in shown.all("a")}
    assert read(examples.CONSENT, SIGNED_IN).all("nav") == []


def test_an_account_without_applications_is_told_how_to_connect_one() -> None:
    text = read(examples.ACCOUNT_EMPTY).text
    assert "No application is connected" in text
    assert "paste its MCP URL" in text
    assert "https://mcp.example.com/mcp/reminders" in text
    assert "Ask whoever runs this installation" in read(replace(examples.ACCOUNT_EMPTY, mcp_urls=())).text


def test_an_account_that_may_make_deployments_is_not_told_to_ask_somebody() -> None:
    shown = read(replace(examples.ACCOUNT_EMPTY, mcp_urls=(), new_deployment_url="/dashboard/new"))
    assert "Put one of yours behind this gateway" in shown.text
    assert "Ask whoever runs" not in shown.text
    assert "/dashboard/new" in {a["href"] for a in shown.all("a")}


def test_a_notice_says_what_happened_what_to_do_next_and_shows_the_details() -> None:
    text = read(examples.STOPPED).text
    for said in (examples.STOPPED.title, examples.STOPPED.what, examples.STOPPED.next_step, "auth_callbakc"):
        assert said in text


def test_the_front_page_offers_sign_in_or_the_account() -> None:
    links = {a["href"] for a in read(examples.HOME).all("a")}
    assert "/login" in links
    links = {a["href"] for a in read(examples.HOME, SIGNED_IN).all("a")}
    assert "/account" in links
    assert "/login" not in links
