"""Letters as they are worded."""

from typing import get_args

import pytest

from consentry.accounts.letters import Letter, LetterKind
from consentry.mail.render import render
from consentry.mail.words import WORDINGS

HOST = "consentry.example"
URL = "https://consentry.example/verify-email?token=a&b"
FACTS = {
    "url": URL,
    "reset_url": "https://consentry.example/reset-password",
    "email": "eve@example.net",
    "when": "1 May 2027, 09:00 UTC",
    "network": "203.0.113.9",
    "security_url": "https://consentry.example/account/security",
    "left": "9",
    "application": "Claude",
    "server": "Reminders",
    "host": "claude.ai",
}


@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_every_letter_says_what_happened_and_what_to_do_in_text_and_html(kind: LetterKind) -> None:
    message = render(Letter(kind, "ada@example.com", FACTS), HOST)
    assert HOST in message.subject
    assert "\n" not in message.subject
    wording = WORDINGS[kind](HOST, FACTS)
    paragraphs = [*wording.paragraphs, *wording.after]
    assert paragraphs
    assert all(paragraph.endswith((".", ":", *FACTS.values())) for paragraph in paragraphs)
    joined = " ".join(message.text.split())
    assert all(paragraph in joined for paragraph in paragraphs)
    assert all(len(line) <= 76 or "https://" in line for line in message.text.splitlines())
    if wording.button is not None:
        assert f"\n{wording.button[1]}\n" in message.text
    assert "<script" not in message.html
    assert "src=" not in message.html


def test_the_html_holds_nothing_that_is_not_escaped() -> None:
    message = render(Letter("sign_up", "ada@example.com", FACTS), "<b>host</b>")
    assert "<b>" not in message.html
    assert "token=a&amp;b" in message.html
    assert URL in message.text
