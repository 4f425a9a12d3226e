"""Sentences about one's own account."""

from consentry.web.pages.account_words import what_deleting_ends


def test_only_what_there_is_ends_with_an_account() -> None:
    assert what_deleting_ends(0, (), 0) == "Your account ends at once."
    assert what_deleting_ends(1, (), 0) == (
        "Your account ends at once, with 1 connection of applications and API keys."
    )
    assert what_deleting_ends(0, ("Notes", "Mail"), 0) == (
        "Your account ends at once. So do your MCP servers here (Notes, Mail)."
    )
    assert what_deleting_ends(2, ("Notes",), 3) == (
        "Your account ends at once, with 2 connections of applications and API keys."
        " So do your MCP servers here (Notes) and 3 connections that others have to them."
    )
