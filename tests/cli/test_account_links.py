"""consentry account invite, account reset-link."""

import pytest

from consentry.accounts.second_factor import SecondFactor
from consentry.store.sql import Transaction
from consentry.tokens import Kind, recognise
from tests.cli.commands import EMAIL, Commands

NEW = "eve@example.net"


def token_of(url: str, page: str) -> bool:
    start, _, token = url.strip().partition("?token=")
    return start == f"http://127.0.0.1:8000/{page}" and recognise(token, Kind.LINK) is not None


def letters(commands: Commands) -> list[str]:
    return [row[0] for row in commands.within(lambda tx: tx.db.all("SELECT kind FROM letters"))]


def test_an_invitation_is_printed_and_sent_where_it_is_asked_for(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.with_account()
    assert token_of(commands.says("account", "invite", NEW), "verify-email")
    answer = commands.answers("account", "invite", NEW)
    assert (answer["email"], answer["expires_in"], token_of(answer["url"], "verify-email")) == (NEW, 604_800, True)
    assert "no mail server" in commands.fails("account", "invite", NEW, "--mail")
    assert letters(commands) == []
    monkeypatch.setenv("CONSENTRY_SMTP_URL", "smtp://127.0.0.1:9")
    assert token_of(commands.says("account", "invite", NEW, "--mail"), "verify-email")
    assert letters(commands) == ["invite"]
    assert commands.events("account:invitation:created") == [("account:invitation:created", "")] * 3


def test_a_link_stands_alone_on_its_output_and_for_whom_and_how_long_beside_it(commands: Commands) -> None:
    commands.with_account()
    for words, page, length in (
        (("invite", NEW), "verify-email", "7 days"),
        (("reset-link", EMAIL), "reset-password", "60 minutes"),
    ):
        result = commands.run("account", *words)
        assert token_of(result.stdout, page)
        assert f"This link is for {words[1]}: it works once, within {length}, and is shown this once." in result.stderr


def test_open_invitations_are_listed_and_taken_back(commands: Commands) -> None:
    commands.with_account()
    assert "Nobody is invited" in commands.says("account", "invitations")
    for email in (NEW, "dan@example.net"):
        commands.says("account", "invite", email)
    (youngest, *others) = commands.answers("account", "invitations")
    assert {one["email"] for one in (youngest, *others)} == {NEW, "dan@example.net"}
    assert youngest["expires_at"] - youngest["created_at"] == 604_800
    assert NEW in commands.says("account", "invitations")
    assert commands.answers("account", "uninvite", NEW.upper()) == {"email": NEW.upper(), "invited": False}
    assert "not invited any more" in commands.says("account", "uninvite", "dan@example.net")
    assert "is not invited" in commands.fails("account", "uninvite", NEW)
    assert commands.answers("account", "invitations") == []
    assert len(commands.events("account:invitation:withdrawn")) == 2


def test_who_needs_no_invitation_gets_none(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.with_account()
    assert f"`consentry account reset-link {EMAIL}`" in commands.fails("account", "invite", EMAIL)
    assert "no email address" in commands.fails("account", "invite", "eve")
    monkeypatch.setenv("CONSENTRY_SIGNUP", "closed")
    assert "signup is closed" in commands.fails("account", "invite", NEW)


def test_a_reset_link_is_printed_for_an_account_that_is_open(commands: Commands) -> None:
    commands.with_account()
    assert token_of(commands.says("account", "reset-link", EMAIL), "reset-password")
    assert commands.answers("account", "reset-link", EMAIL)["expires_in"] == 3600
    assert "no account" in commands.fails("account", "reset-link", NEW)
    commands.says("account", "disable", EMAIL)
    assert "is disabled" in commands.fails("account", "reset-link", EMAIL)


def test_a_second_factor_that_was_lost_is_switched_off(commands: Commands) -> None:
    commands.with_account()
    assert "had no second factor" in commands.says("account", "reset-second-factor", EMAIL)

    async def work(tx: Transaction) -> None:
        account = await tx.find_account_by_email(EMAIL)
        assert account is not None
        await tx.add_second_factor(account.id, SecondFactor(b"sealed", 1), 1)

    commands.within(work)
    assert commands.answers("account", "list")[0]["second_factor_at"] == 1
    assert commands.answers("account", "reset-second-factor", EMAIL)["second_factor_at"] is None
    assert commands.events("account:second_factor:removed") == [("account:second_factor:removed", "by an operator")]


def test_an_account_is_exported_and_deleted_with_what_it_has(commands: Commands) -> None:
    commands.with_deployment()
    found = commands.answers("account", "export", EMAIL)
    assert (found["account"]["email"], found["deployments"][0]["slug"]) == (EMAIL, "reminders")
    assert commands.answers("account", "delete", EMAIL) == {"email": EMAIL, "deleted": True, "grants_ended": 0}
    assert commands.answers("account", "list") == []
    assert commands.answers("deployment", "list") == []
    assert "no account" in commands.fails("account", "delete", EMAIL)
    assert [name for name, _ in commands.events("account:account:deleted")] == ["account:account:deleted"]
    commands.says("account", "create", EMAIL, "--password-stdin", stdin="tavo kilu remi dasu\n")
    assert "is deleted" in commands.says("account", "delete", EMAIL)
