"""Sentences about one's own account."""

from consentry.web.pages.account_words import what_deleting_ends, what_shutting_out_ends


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


def test_only_what_there_is_ends_when_everybody_else_is_shut_out() -> None:
    assert what_shutting_out_ends(2, 1, 3) == (
        "What ends at once: 2 other browsers, 1 personal access token and 3 connections of applications and API keys."
        " Connect those that you know anew."
    )
    assert what_shutting_out_ends(0, 1, 0) == "What ends at once: 1 personal access token."
    assert what_shutting_out_ends(1, 1, 0) == "What ends at once: 1 other browser and 1 personal access token."
    assert what_shutting_out_ends(0, 0, 0) == (
        "Nothing but this browser opens your account just now: there is nothing to end."
    )
