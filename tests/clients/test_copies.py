"""Which copy of a document may stand in when its address fails, and what a change is told as."""

from dataclasses import replace

import pytest

from consentry.clients.copies import STALE_SECONDS, Copy, event, final, fresh_until, stand_ins
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Fetched, Unfetched
from tests.builders import NOW, client

URL = "https://client.example/client.json"
DOWN = Unfetched("It answers HTTP 503.", "status", 503)
GONE = Unfetched("It answers HTTP 404.", "status", 404)
KEPT = Copy(URL, "{}", "fetched", NOW - 3600, NOW - 10)
PIN = Copy(URL, "{}", "imported", NOW - 7200)


@pytest.mark.proves("B6")
def test_a_document_is_fresh_for_what_it_says_within_our_bounds() -> None:
    def until(*headers: tuple[str, str]) -> int:
        return fresh_until(Fetched(URL, "application/json", b"{}", dict(headers)), NOW) - NOW

    assert until() == 3600
    assert until(("cache-control", "no-store")) == 300
    assert until(("cache-control", "max-age=900")) == 900
    assert until(("cache-control", "max-age=31536000")) == 86_400


@pytest.mark.proves("B7")
def test_a_kept_copy_stands_in_for_a_week_and_a_pinned_one_for_ever() -> None:
    assert stand_ins(KEPT, [], DOWN, NOW) == [KEPT]
    assert stand_ins(KEPT, [], DOWN, KEPT.obtained_at + STALE_SECONDS - 1) == [KEPT]
    assert stand_ins(KEPT, [], DOWN, KEPT.obtained_at + STALE_SECONDS) == []
    assert stand_ins(None, [PIN], DOWN, NOW + 10 * STALE_SECONDS) == [PIN]
    assert stand_ins(None, [], DOWN, NOW) == []


def test_the_newer_of_two_stands_in() -> None:
    newer = replace(PIN, obtained_at=NOW - 60)
    assert stand_ins(KEPT, [PIN], DOWN, NOW) == [KEPT, PIN]
    assert stand_ins(KEPT, [newer], DOWN, NOW) == [newer, KEPT]


@pytest.mark.parametrize(
    ("failure", "over"),
    [
        (GONE, True),
        (Unfetched("It answers HTTP 410.", "status", 410), True),
        (DOWN, False),
        (Unfetched("It answers HTTP 403.", "status", 403), False),
        (Unfetched("Too late.", "timeout"), False),
        (Refusal("invalid_client", "HTML.", "document:media_type"), False),
        (Refusal("invalid_client", "No JSON.", "document:json"), False),
        (Refusal("invalid_client", "Another's.", "document:client_id"), False),
        (Refusal("invalid_client", "A secret.", "document:secret"), True),
        (Refusal("invalid_client", "No redirect URI.", "document:redirect_uris"), True),
    ],
)
def test_a_document_that_was_taken_back_or_spoilt_by_its_owner_is_not_kept_alive(
    failure: Unfetched | Refusal, over: bool
) -> None:
    assert final(failure) is over
    assert stand_ins(KEPT, [], failure, NOW) == ([] if over else [KEPT])
    assert stand_ins(KEPT, [PIN], failure, NOW)[-1] == PIN


def test_a_new_client_and_a_changed_one_are_told_and_the_same_one_is_not() -> None:
    old = replace(client(URL), source="document")
    added = event(None, old, KEPT, NOW)
    assert added is not None
    assert (added.name, added.reason, added.client_id) == ("client:document:added", "fetched", URL)
    assert event(old, replace(old, created_at=NOW + 9), KEPT, NOW) is None
    moved = event(old, replace(old, redirect_uris=("https://a.example/", "https://b.example/")), KEPT, NOW)
    assert moved is not None
    assert moved.name == "client:document:changed"
    assert moved.detail == {"redirect_uris_added": 2, "redirect_uris_withdrawn": 1}
    assert event(old, replace(old, name="Other"), KEPT, NOW) is not None
