"""consentry account token."""

import pytest

from consentry.tokens import Kind, recognise
from tests.cli.commands import EMAIL, Commands


def test_a_token_is_shown_once_and_kept_as_a_digest(commands: Commands) -> None:
    made = commands.with_account().answers(
        "account", "token", "create", EMAIL, "--scope", "deployments:read", "--scope", "account:read",
        "--label", "Inventory", "--expires-in", "7d",
    )  # fmt: skip
    secret = recognise(made.pop("token"), Kind.PERSONAL_TOKEN)
    assert secret is not None
    assert made["expires_at"] - made["created_at"] == 7 * 86_400
    assert (made["account"], made["label"], made["last_used_at"]) == (EMAIL, "Inventory", None)
    assert made["scopes"] == ["account:read", "deployments:read"]
    assert commands.answers("account", "token", "list", EMAIL) == [made]
    held = commands.within(lambda tx: tx.find_personal_token(secret.digest()))
    assert held is not None
    assert (held.token.id, held.account.email) == (made["id"], EMAIL)
    said = commands.says("account", "token", "create", EMAIL, "--scope", "deployments:write", "--expires-in", "never")
    assert "shown this once" in said
    assert "deployments:write" in commands.says("account", "token", "list")


def test_a_token_is_revoked_by_its_id(commands: Commands) -> None:
    made = commands.with_account().answers("account", "token", "create", EMAIL, "--scope", "account:read")
    assert "is void" in commands.says("account", "token", "revoke", made["id"])
    assert commands.answers("account", "token", "list") == []
    assert "There is no token" in commands.says("account", "token", "list")
    assert "consentry account token list" in commands.fails("account", "token", "revoke", made["id"])
    names = ("account:personal_token:created", "account:personal_token:revoked")
    assert [name for name, _ in commands.events(*names)] == list(names)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((EMAIL, "--scope", "everything"), "There is no scope everything: there are account:read"),
        ((EMAIL, "--scope", "deployments:reads"), "There is no scope deployments:reads: there are"),
        ((EMAIL, "--scope", ""), "Choose what the token may do: account:read"),
        (("nobody@example.com", "--scope", "account:read"), "consentry account list"),
    ],
)
def test_what_cannot_be_made_is_said(commands: Commands, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in commands.with_account().fails("account", "token", "create", *words)
