"""The page of troubleshooting says what the program says: every error has its entry, and every page finds its own."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qsl, urlsplit

import pytest
from dev import sentences, troubleshooting_page
from dev.error_meanings import MEANINGS, NUMBERS

from consentry.spec import jsonrpc
from consentry.spec.challenge import ChallengeError
from consentry.spec.errors import ErrorCode
from consentry.web.management.problems import KINDS
from consentry.web.pages import account_words, words
from consentry.web.pages.render import page
from tests.web.pages.examples import CHROME
from tests.web.pages.reading import Reading
from tests.web.world import CHALLENGE, REDIRECT_URI, World, world

PAGE = troubleshooting_page.PAGE.read_text()
HEADINGS = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
STOPS = troubleshooting_page.stops()
PUBLISHED = "https://docs.example/troubleshooting.html"
# What these say is only known when they run.
TOLD_ELSEWHERE = {"documents.py", "gateway/upstream/pool.py"}


def test_every_error_code_has_an_entry_and_no_entry_is_of_none() -> None:
    codes = {*get_args(ErrorCode), *get_args(ChallengeError), "unauthorized"}
    assert set(MEANINGS) == codes
    assert codes <= set(HEADINGS)


@pytest.mark.parametrize("code", MEANINGS)
def test_an_entry_says_what_happened_and_what_to_do_next_in_whole_sentences(code: str) -> None:
    assert all(part.endswith(".") for part in MEANINGS[code])


def test_every_place_that_makes_an_error_has_its_sentence_on_the_page() -> None:
    found = list(sentences.made())
    silent = {file for file, _, pairs in found if not pairs}
    told = {said for _, _, pairs in found for _, said in pairs if any(letter.isalpha() for letter in said)}
    assert [said for said in told if f"- `{said}`" not in PAGE] == []
    assert len(found) > 150
    # The others answer with no sentence of theirs: they hand on another's refusal, or ask for a first token.
    handing_on = {"grants/authorize.py", "web/oauth/authorize.py", "web/oauth/decision.py"}
    asking = {"gateway/decide.py", "web/mcp_page.py"}
    assert silent <= handing_on | asking | TOLD_ELSEWHERE


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("invalid_client", "This client is not registered here: register again."),
        ("invalid_request", "The redirect_uri is not one that the application registered."),
        ("invalid_grant", "The code_verifier does not match the code_challenge (RFC 7636 §4.6)."),
        ("invalid_token", "The access token has expired: refresh it, or connect again."),
        ("temporarily_unavailable", "…: wait …, then try again."),
        ("insufficient_scope", "This call needs more than was approved: ask for approval again, with the scopes named"),
    ],
)
def test_the_errors_that_people_meet_most_are_found_under_their_code(code: str, sentence: str) -> None:
    entry = PAGE.split(f"\n### {code}\n")[1].split("\n### ")[0]
    assert sentence in entry


def test_every_sentence_of_a_form_is_on_the_page_or_is_no_error() -> None:
    texts = {
        name: text
        for room in (words, account_words)
        for name, text in vars(room).items()
        if name.isupper() and isinstance(text, str)
    }
    assert set(texts) >= troubleshooting_page.OTHER
    assert [name for name, text in texts.items() if f"- {text}\n" not in PAGE] == [
        name for name in texts if name in troubleshooting_page.OTHER
    ]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.title)
def test_an_error_page_links_to_its_entry_where_the_operator_publishes_them(stop: words.Wording) -> None:
    told = words.notice(stop, chrome=replace(CHROME, troubleshooting_url=PUBLISHED))
    links = [link["href"] for link in Reading(page(told, chrome=CHROME)).all("a")]
    (link,) = [link for link in links if link.startswith(PUBLISHED)]
    assert link.removeprefix(f"{PUBLISHED}#") in [words.anchor(heading) for heading in HEADINGS]
    assert "More about this error" not in page(words.notice(stop, chrome=CHROME), chrome=CHROME)


def test_what_went_well_links_to_no_error() -> None:
    assert words.notice(words.SIGNED_OUT, chrome=replace(CHROME, troubleshooting_url=PUBLISHED)).explained is None


def test_every_sentence_of_a_terminal_is_on_the_page() -> None:
    found = [one for makers, room in troubleshooting_page.TERMINAL for one in sentences.raised(makers, room)]
    told = {said for _, _, each in found for said in each if troubleshooting_page.telling(said)}
    assert [said for said in told if f"- {troubleshooting_page.quoted(said)}\n" not in PAGE] == []
    assert len(found) > 100
    # The others hand on what a room below refused, or what was found wrong when it ran.
    assert len([each for _, _, each in found if not each]) < 16


def test_every_number_of_ours_and_every_kind_of_problem_has_an_entry() -> None:
    assert set(NUMBERS) == {value for value in vars(jsonrpc).values() if isinstance(value, int)}
    assert all(f"| `{number}` | {what} | {then} |\n" in PAGE for number, (what, then) in NUMBERS.items())
    assert {f"{kind.name}: {kind.title}" for kind in KINDS} <= set(HEADINGS)


def test_every_entry_can_be_linked_to() -> None:
    anchors = [words.anchor(heading) for heading in HEADINGS]
    assert len(set(anchors)) == len(anchors)
    assert {f"http-{status}" for status in troubleshooting_page.put_together() if status.isdecimal()} <= set(anchors)


@pytest.mark.anyio
async def test_errors_of_the_protocol_name_their_entry_where_it_is_published(tmp_path: Path) -> None:
    entries = {f"{PUBLISHED}#{words.anchor(heading)}" for heading in HEADINGS}
    silent, telling = tmp_path / "silent", tmp_path / "telling"
    async with world(telling, troubleshooting_url=PUBLISHED) as here, world(silent) as before:
        for place in (here, before):
            found = await _every_way_to_fail(place)
            assert len(found) == 10
            uris = [each.get("error_uri") for each in found]
            assert set(uris) <= entries if place is here else set(uris) == {None}


async def _every_way_to_fail(here: World) -> list[dict[str, str]]:
    client = await here.register()
    wanted = {"client_id": client["client_id"], "redirect_uri": REDIRECT_URI, "prompt": "none", "state": "s"}
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "resource": here.resource}
    back = await here.browser.get("/authorize", params=wanted | pkce | {"response_type": "code"})
    told = dict(parse_qsl(urlsplit(back.headers["location"]).query))
    assert told["error"] == "login_required"
    bad, bearer = {"token": "x", "client_id": "nobody"}, {"Authorization": "Bearer nonsense"}
    answers = [
        await here.client.post("/token", data={"grant_type": "password", "client_id": client["client_id"]}),
        await here.client.post("/register", json={"redirect_uris": ["http://evil.example/"]}),
        await here.client.post("/revoke", data=bad),
        await here.client.post("/introspect", data=bad),
        await here.client.get("/userinfo", headers=bearer),
        await here.client.get(f"/register/{client['client_id']}", headers=bearer),
        await here.client.get("/nowhere"),
    ]
    called = await here.client.post("/mcp/reminders", json={}, headers=bearer)
    stopped = await here.client.post("/mcp/nowhere", json={}, headers=bearer)
    for each in (called, answers[4], answers[5]):
        challenge = each.headers["www-authenticate"]
        assert challenge.startswith("Bearer ")
        named = [part for part in challenge.split(", ") if part.startswith("error_uri=")]
        assert named == [f'error_uri="{each.json()["error_uri"]}"' for _ in range("error_uri" in each.json())]
    assert stopped.json()["error"]["code"] == jsonrpc.INVALID_REQUEST
    return [told, *(each.json() for each in (*answers, called)), stopped.json()["error"]["data"]]


@pytest.mark.anyio
async def test_errors_over_http_are_those_of_the_page(tmp_path: Path) -> None:
    async with world(tmp_path, troubleshooting_url=PUBLISHED) as here:
        client = await here.register()
        wrong = {"client_id": client["client_id"], "redirect_uri": "https://evil.example/", "response_type": "code"}
        for asked, heading in (
            ({"client_id": "client_unknown", "redirect_uri": REDIRECT_URI}, words.UNKNOWN_CLIENT.title),
            (wrong, words.UNKNOWN_REDIRECT_URI.title),
        ):
            stopped = await here.browser.get("/authorize", params=asked | {"code_challenge": CHALLENGE})
            assert f'href="{PUBLISHED}#{words.anchor(heading)}"' in stopped.text
            assert f"### {heading}\n" in PAGE
        form = {"grant_type": "authorization_code", "code": "guessed", "code_verifier": "v" * 43}
        for who in (client["client_id"], "client_unknown"):
            refused = (await here.client.post("/token", data=form | {"client_id": who})).json()
            assert refused["error"] in HEADINGS
            assert f"- `{refused['error_description'].replace('The authorization code', 'The …')}`" in PAGE
        called = await here.client.post("/mcp/reminders", json={}, headers={"Authorization": "Bearer nonsense"})
        assert f"- `{called.json()['error_description']}`" in PAGE


@pytest.mark.parametrize(
    "sentence",
    [
        "The MCP server behind this deployment could not be reached. Try again; if it stays so, its owner must see",
        "This connection was refreshed too often: wait … seconds, then try again.",
        "Too many registrations from this network: wait … seconds, then try again.",
    ],
)
def test_sentences_that_are_put_together_stand_there_whole(sentence: str) -> None:
    assert f"- `{sentence}" in PAGE
