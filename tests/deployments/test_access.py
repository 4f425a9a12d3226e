from dataclasses import replace

import pytest

from consentry.deployments import access
from consentry.deployments.model import ACCESS_POLICIES, slug_fault
from tests.builders import deployment


def test_the_owner_comes_in_and_nobody_else() -> None:
    assert access.check(deployment(), "account_1") is None
    refusal = access.check(deployment(), "account_2")
    assert refusal is not None
    assert refusal.error == "access_denied"
    assert "owner" in refusal.description


def test_any_verified_account_comes_in_where_the_owner_says_so() -> None:
    assert access.check(replace(deployment(), access="verified"), "account_2") is None


@pytest.mark.parametrize("policy", ACCESS_POLICIES)
def test_the_owner_comes_in_under_every_policy(policy: str) -> None:
    assert access.check(replace(deployment(), access=policy), "account_1") is None  # type: ignore[arg-type]


@pytest.mark.parametrize("slug", ["a", "reminders", "a-b", "0", "a" * 63])
def test_a_slug_is_small_letters_digits_and_hyphens(slug: str) -> None:
    assert slug_fault(slug) is None


@pytest.mark.parametrize(
    "slug", ["", "A", "-a", "a-", "a b", "a/b", "..", "a.b", "é", "a_b", "a" * 64, "a\n", "%61", "{slug}"]
)
def test_nothing_else_is_a_slug(slug: str) -> None:
    assert slug_fault(slug) is not None


def test_every_scope_has_words_for_a_person() -> None:
    one = deployment()
    assert one.scope == {"mcp"}
    assert "Reminders" in one.words("mcp")
    assert one.words("offline_access") != one.words("mcp")
