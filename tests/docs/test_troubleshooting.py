"""The page of troubleshooting says what the program says: every error has its entry, and every page finds its own."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from dev import sentences, troubleshooting_page
from dev.error_meanings import MEANINGS

from consentry.spec.challenge import ChallengeError
from consentry.spec.errors import ErrorCode
from consentry.web.pages import account_words, words
from consentry.web.pages.render import page
from tests.web.pages.examples import CHROME
from tests.web.pages.reading import Reading
from tests.web.world import CHALLENGE, REDIRECT_URI, world

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
