"""consentry account."""

import time

import pytest

from consentry.accounts.passwords import Passwords
from consentry.grants.exchange import Issued
from consentry.limits import quota
from consentry.limits.quota import Usage
from consentry.store.sql import Transaction
from tests.bench import Bench
from tests.cli.commands import EMAIL, PASSWORD, Commands


def password_hash(commands: Commands, email: str = EMAIL) -> str:
    async def work(tx: Transaction) -> str:
        account = await tx.find_account_by_email(email)
        assert account is not None
        return account.password_hash

    return commands.within(work)


def test_an_account_is_made_and_shown_without_its_password(commands: Commands) -> None:
    commands.init()
    made = commands.answers(
        "account", "create", EMAIL, "--password-stdin", "--name", "Ada", "--verified", "--operator", stdin=PASSWORD
    )
    assert (made["email"], made["name"], made["operator"]) == (EMAIL, "Ada", True)
    assert made["verified_at"] == made["created_at"]
    assert made["disabled_at"] is None
    assert made.keys() == {
        "id",
        "email",
        "name",
        "operator",
        "created_at",
        "verified_at",
        "disabled_at",
        "second_factor_at",
        "plan",
    }
    assert Passwords().verify(PASSWORD, password_hash(commands))
    assert commands.answers("account", "list") == [made | {"calls_this_month": 0}]
    assert commands.events("account:account:created") == [("account:account:created", "")]


def test_an_account_that_is_not_verified_is_told_how_to_be(commands: Commands) -> None:
    commands.init()
    said = commands.says("account", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
    assert f"consentry account verify {EMAIL}" in said
    assert "not verified" in commands.says("account", "list")
    verified = commands.answers("account", "verify", EMAIL)
    assert verified["verified_at"] is not None
    assert commands.answers("account", "verify", EMAIL) == verified
    assert len(commands.events("account:account:verified")) == 1


def test_an_address_is_taken_in_any_spelling(commands: Commands) -> None:
    commands.with_account()
    sentence = commands.fails("account", "create", "ADA@example.com", "--password-stdin", stdin=PASSWORD)
    assert sentence == (
        "There is an account ADA@example.com already: "
        "`consentry account set-password ADA@example.com` gives it a new password."
    )


@pytest.mark.parametrize(
    ("email", "name", "password", "sentence"),
    [
        ("nobody", "", PASSWORD, "That is no email address: write it as name@example.com."),
        ("a@b.example", "", "short", "The password is too short: use at least 12 characters."),
        ("a@b.example", "", "", "The password is too short: use at least 12 characters."),
        (
            "a@b.example",
            "",
            "password1234",
            "That password is one of the first that anybody would try: choose another.",
        ),
        ("a@b.example", "two\nlines", PASSWORD, "A name is one line of at most 100 characters."),
        ("a@b.example", "x" * 101, PASSWORD, "A name is one line of at most 100 characters."),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_kept(
    commands: Commands, email: str, name: str, password: str, sentence: str
) -> None:
    commands.init()
    assert commands.fails("account", "create", email, "--name", name, "--password-stdin", stdin=password) == sentence
    assert commands.answers("account", "list") == []


def test_without_a_terminal_the_password_comes_on_standard_input(commands: Commands) -> None:
    commands.init()
    assert "--password-stdin" in commands.fails("account", "create", EMAIL)
    assert "not UTF-8" in commands.fails("account", "create", EMAIL, "--password-stdin", stdin=b"\xff" * 12)


def test_a_new_password_replaces_the_old_one(commands: Commands) -> None:
    commands.with_account()
    said = commands.says("account", "set-password", EMAIL.upper(), "--password-stdin", stdin="tavo-kilu-remi-dasu\n")
    assert said == f"{EMAIL} has a new password, and is signed out everywhere.\n"
    kept = password_hash(commands)
    assert Passwords().verify("tavo-kilu-remi-dasu", kept)
    assert not Passwords().verify(PASSWORD, kept)
    assert "too short" in commands.fails("account", "set-password", EMAIL, "--password-stdin", stdin="short")
    assert len(commands.events("account:password:changed")) == 1


def test_disabling_an_account_ends_what_it_approved(commands: Commands) -> None:
    commands.init()
    issued: Issued = commands.lived(Bench.connect)
    disabled = commands.answers("account", "disable", "person1@example.com")
    assert disabled["grants_ended"] == 1
    assert disabled["disabled_at"] is not None
    assert commands.ended(issued)
    (grant,) = commands.answers("grant", "list")
    assert grant["ended_because"] == "account disabled"
    assert "disabled" in commands.says("account", "list")
    assert commands.answers("account", "disable", "person1@example.com")["grants_ended"] == 0
    assert commands.events("account:account:disabled", "grant:grant:ended") == [
        ("account:account:disabled", ""),
        ("grant:grant:ended", "account disabled"),
    ]


def test_an_account_that_is_enabled_again_signs_in_and_has_lost_its_applications(commands: Commands) -> None:
    commands.init()
    issued: Issued = commands.lived(Bench.connect)
    commands.answers("account", "disable", "person1@example.com")
    assert commands.answers("account", "enable", "person1@example.com")["disabled_at"] is None
    assert commands.ended(issued)
    assert "disabled" not in commands.says("account", "list")
    assert commands.says("account", "enable", "person1@example.com").endswith("was enabled already.\n")
    assert len(commands.events("account:account:enabled")) == 1


@pytest.mark.parametrize("verb", ["verify", "disable", "enable", "set-password"])
def test_an_unknown_account_is_said_to_be_so(commands: Commands, verb: str) -> None:
    sentence = commands.init().fails("account", verb, "nobody@example.com")
    assert sentence == "There is no account nobody@example.com: `consentry account list` shows those there are."


def test_a_list_of_none_says_how_to_make_one(commands: Commands) -> None:
    assert "consentry account create EMAIL" in commands.init().says("account", "list")


def test_an_account_has_a_plan_and_can_be_given_another(commands: Commands) -> None:
    commands.init()
    made = commands.answers("account", "create", EMAIL, "--password-stdin", "--plan", "free", stdin=PASSWORD)
    assert made["plan"] == "free"
    assert commands.answers("account", "set-plan", EMAIL, "pro")["plan"] == "pro"
    assert commands.says("account", "set-plan", EMAIL, "free") == f"{EMAIL} has the plan free.\n"
    assert commands.events("account:plan:changed") == [("account:plan:changed", name) for name in ("pro", "free")]


def test_the_list_tells_plans_and_the_calls_of_this_month(commands: Commands) -> None:
    commands.with_account()
    now = int(time.time())

    async def work(tx: Transaction) -> None:
        (account,) = await tx.list_accounts()
        await tx.hold_usage(account.id)
        await tx.keep_usage(account.id, quota.count(Usage(), 42, now))

    commands.within(work)
    (listed,) = commands.answers("account", "list")
    assert (listed["plan"], listed["calls_this_month"]) == (None, 42)
    assert "unlimited  42" in commands.says("account", "list")


def test_a_plan_that_there_is_not_is_refused(commands: Commands) -> None:
    commands.with_account()
    there = "there are free, pro, unlimited (the setting `plans` takes others)."
    for words in (("set-plan", EMAIL, "gold"), ("create", "bob@example.com", "--password-stdin", "--plan", "gold")):
        assert commands.fails("account", *words, stdin=PASSWORD) == f"There is no plan gold: {there}"
