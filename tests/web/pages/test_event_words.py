"""What happened, in words: a sentence for each event, and what to do about those that matter."""

from typing import get_args

import pytest

from consentry.audit import GRAVE, SUSPICIOUS, Event, EventName
from consentry.calls import Names
from consentry.web.pages.event_words import NEXT, SENTENCES, next_step, sentence

NAMES = Names("reminders", "ada@example.com", "Claude")
EVENTS: tuple[EventName, ...] = get_args(EventName)


def said(event: Event, names: Names = NAMES, reader_id: str | None = None) -> str:
    return "".join(words.text for words in sentence(event, names, reader_id))


def test_every_event_has_its_sentence_and_no_sentence_is_of_none() -> None:
    assert set(SENTENCES) == set(EVENTS)
    assert len(set(SENTENCES.values())) == len(EVENTS)


def test_what_is_suspicious_or_grave_says_what_to_do() -> None:
    assert set(SUSPICIOUS) | set(GRAVE) <= set(NEXT)
    mine = Event("account:password:changed", 1, account_id="account_1")
    assert next_step(mine, "account_1") is not None
    assert next_step(mine, "account_2") is None
    assert next_step(Event("grant:token:reused", 1), "account_2") is not None


@pytest.mark.parametrize("name", EVENTS)
def test_a_sentence_begins_large_ends_with_a_stop_and_has_no_hole(name: EventName) -> None:
    for names in (NAMES, Names(None, None, None)):
        for reader in ("account_1", "account_2"):
            words = said(Event(name, 1, account_id="account_1"), names, reader)
            assert words[0].isupper() or words.startswith(tuple(filter(None, names)))
            assert words.endswith(".")
            assert not set("{}") & set(words)
            assert "  " not in words


def test_what_is_the_readers_own_is_called_so() -> None:
    event = Event("grant:code:exchanged", 1, account_id="account_1")
    assert said(event, NAMES, "account_1") == "Claude was connected to reminders in the name of your account."
    assert said(event, NAMES, "account_2") == "Claude was connected to reminders in the name of ada@example.com."
    assert said(Event("account:login:succeeded", 1, account_id="account_1"), NAMES, "account_1") == "You signed in."
    assert said(Event("account:login:succeeded", 1), Names(None, None, None), None) == "Somebody signed in."


def test_why_a_connection_ended_is_part_of_it() -> None:
    event = Event("grant:grant:ended", 1, reason="ended by the operator")
    assert said(event) == "The access of Claude to reminders ended. The operator ended it."


def test_a_strangers_name_is_marked_as_one_and_cannot_turn_the_sentence() -> None:
    words = sentence(Event("grant:consent:approved", 1), Names("{client}", None, "\u202eevil {who}\n"))
    assert [(one.text, one.named) for one in words] == [
        ("Somebody", True),
        (" approved ", False),
        ("evil {who}", True),
        (" for ", False),
        ("{client}", True),
        (".", False),
    ]
