"""consentry registration-token, client approve, and what is left of clients that are gone."""

from dataclasses import replace

import pytest

from consentry.clients.registration import Tombstone
from consentry.store.sql import Transaction
from consentry.tokens import Kind, recognise
from tests.builders import NOW, client, digest_of
from tests.cli.commands import Commands


def test_a_registration_token_is_shown_once_and_kept_as_a_digest(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTRY_REGISTRATION", "initial_access_token")
    made = commands.init().answers(
        "registration-token", "create", "--label", "build farm", "--expires-in", "7d", "--uses", "3"
    )
    secret = recognise(made.pop("token"), Kind.INITIAL_ACCESS_TOKEN)
    assert secret is not None
    assert made["expires_at"] - made["created_at"] == 7 * 86_400
    assert (made["label"], made["most_uses"], made["uses"], made["usable"]) == ("build farm", 3, 0, True)
    assert commands.answers("registration-token", "list") == [made]
    assert commands.within(lambda tx: tx.spend_initial_access_token(secret.digest(), made["created_at"])) == made["id"]
    assert "1 of 3" in commands.says("registration-token", "list")
    assert secret.reveal() not in commands.says("registration-token", "list", "--json")
    said = commands.says("registration-token", "create")
    assert "shown this once" in said
    assert "any number" in said


def test_a_registration_token_is_revoked_by_its_id(commands: Commands) -> None:
    made = commands.init().answers("registration-token", "create")
    assert commands.answers("registration-token", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert commands.answers("registration-token", "list") == []
    assert "consentry registration-token list" in commands.fails("registration-token", "revoke", made["id"])
    names = ("client:registration_token:created", "client:registration_token:revoked")
    assert [name for name, _ in commands.events(*names)] == list(names)


@pytest.mark.parametrize("words", [("--expires-in", "0"), ("--expires-in", "soon"), ("--uses", "0"), ("--uses", "-1")])
def test_a_token_that_could_not_be_used_is_wrong_usage(commands: Commands, words: tuple[str, ...]) -> None:
    commands.init()
    said = commands.misused("registration-token", "create", *words)
    assert "--uses" in said or "no length of time" in said
    assert commands.answers("registration-token", "list") == []


def test_a_client_that_waits_is_listed_as_pending_and_let_in(commands: Commands) -> None:
    async def work(tx: Transaction) -> None:
        await tx.fold_client(replace(client("client_w"), pending=True), digest_of("w"), None)

    commands.init().within(work)
    assert commands.answers("client", "list")[0]["pending"] is True
    assert "pending" in commands.says("client", "list")
    assert "consentry client approve" in commands.says("client", "show", "client_w")
    approved = {"client_id": "client_w", "approved": True, "waited": True}
    assert commands.answers("client", "approve", "client_w") == approved
    assert commands.answers("client", "approve", "client_w") == approved | {"waited": False}
    assert commands.answers("client", "show", "client_w")["pending"] is False
    assert "did not wait" in commands.says("client", "approve", "client_w")
    assert commands.events("client:client:approved") == [("client:client:approved", "")]
    assert "There is no client client_x" in commands.fails("client", "approve", "client_x")


def test_how_many_share_a_client_is_shown(commands: Commands) -> None:
    async def work(tx: Transaction) -> None:
        for number in range(3):
            await tx.fold_client(client(f"client_{number}"), digest_of("same"), None)

    commands.init().within(work)
    (shown,) = commands.answers("client", "list")
    assert shown["registrations"] == 3
    assert "shared by 3" in commands.says("client", "list")
    assert "3 times in the same words" in commands.says("client", "show", "client_0")


def test_a_client_that_is_gone_is_told_apart_from_one_that_never_was(commands: Commands) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_tombstone(Tombstone("client_g", "Agent", NOW, "unused"))

    commands.init().within(work)
    assert "any more, since 2027-01-15" in commands.fails("client", "show", "client_g")


def test_an_allow_list_without_domains_refuses_to_start(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.init()
    monkeypatch.setenv("CONSENTRY_REGISTRATION", "allowlist")
    assert "name the domains that may" in commands.fails("client", "list")
    monkeypatch.setenv("CONSENTRY_TRUSTED_REDIRECT_DOMAINS", "claude.ai, *.example.com")
    assert commands.answers("client", "list") == []
    monkeypatch.setenv("CONSENTRY_TRUSTED_REDIRECT_DOMAINS", "https://claude.ai")
    assert "is no host name" in commands.fails("client", "list")
    monkeypatch.delenv("CONSENTRY_TRUSTED_REDIRECT_DOMAINS")
    monkeypatch.setenv("CONSENTRY_REGISTRATION", "open")
    monkeypatch.setenv("CONSENTRY_UNUSED_CLIENT_TTL", "60")
    assert "at least 3600" in commands.fails("client", "list")
