"""Every wording says what happened and what to do next."""

import pytest

from consentry.web.pages import account_words, words
from tests.web.pages.examples import CHROME

WORDINGS = [
    value for value in (*vars(words).values(), *vars(account_words).values()) if isinstance(value, words.Wording)
]


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda w: w.title)
def test_a_wording_has_a_title_a_cause_and_a_next_step_in_whole_sentences(wording: words.Wording) -> None:
    assert wording.title
    assert not wording.title.endswith(".")
    assert wording.what.endswith(".")
    assert wording.next_step.endswith(".")
    assert 200 <= wording.status < 600


def test_a_notice_carries_the_request_number_and_the_way_to_support() -> None:
    told = words.notice(words.NOT_FOUND, chrome=CHROME)
    assert (told.request_id, told.support_url, told.status) == (CHROME.request_id, CHROME.support_url, 404)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3600, "1 hour"),
        (3601, "2 hours"),
        (90 * 86_400, "90 days"),
    ],
)
def test_a_duration_is_rounded_up_in_words(seconds: int, said: str) -> None:
    assert words.duration(seconds) == said


def test_a_rate_limit_says_how_long_to_wait() -> None:
    assert "Wait 1 hour" in words.sign_in_throttled(3600)
