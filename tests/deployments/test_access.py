from dataclasses import replace

import pytest

from consentry.deployments import access, administer
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import ACCESS_POLICIES, Admission, Person, domain_fault, domain_key
from consentry.deployments.model import Deployment, slug_fault
from tests.builders import deployment


def person(number: int = 2, email: str = "bob@example.com", *, verified: bool = True, invited: bool = False) -> Person:
    return Person(f"account_{number}", email, email, verified, invited)


def opened(policy: str, domain: str | None = None) -> Deployment:
    return replace(deployment(), access=policy, email_domain=domain)  # type: ignore[arg-type]


def test_the_owner_comes_in_and_nobody_else() -> None:
    assert access.check(deployment(), person(1)) is None
    refusal = access.check(deployment(), person())
    assert refusal is not None
    assert refusal.error == "access_denied"
    assert "owner" in refusal.description


def test_any_verified_account_comes_in_where_the_owner_says_so() -> None:
    assert access.check(opened("verified"), person()) is None


def test_only_invited_people_come_in_where_people_are_invited() -> None:
    assert access.check(opened("invited"), person(invited=True)) is None
    refusal = access.check(opened("invited"), person())
    assert refusal is not None
    assert "the address that was invited" in refusal.description


@pytest.mark.parametrize("policy", ACCESS_POLICIES)
def test_an_invitation_counts_under_no_other_policy(policy: str) -> None:
    admitted = Admission(policy, "account_1", "h.example").admits(person(invited=True))  # type: ignore[arg-type]
    assert admitted is (policy in {"invited", "verified"})


@pytest.mark.parametrize(
    ("email", "admitted"),
    [
        ("bob@example.com", True),
        ("bob@sub.example.com", False),
        ("bob@evil-example.com", False),
        ("bob@example.com.evil.test", False),
        ("example.com@evil.test", False),
        ('"a@example.com"@evil.test', False),
        ("bob@", False),
        ("", False),
    ],
)
def test_a_domain_is_the_whole_of_what_stands_behind_the_last_at(email: str, admitted: bool) -> None:
    assert Admission("domain", "account_1", "example.com").admits(person(email=email)) is admitted


@pytest.mark.parametrize("policy", ACCESS_POLICIES)
def test_an_address_that_nobody_has_proven_lets_nobody_in_but_the_owner(policy: str) -> None:
    one = opened(policy, "example.com")
    assert access.check(one, person(1, verified=False)) is None
    refusal = access.check(one, person(verified=False, invited=True))
    assert refusal is not None
    assert ("Verify it first" in refusal.description) is (policy != "owner")


@pytest.mark.parametrize("policy", ACCESS_POLICIES)
def test_the_owner_comes_in_under_every_policy(policy: str) -> None:
    assert access.check(opened(policy), person(1)) is None


def test_domains_are_compared_as_addresses_are() -> None:
    assert domain_key(" @Example.COM ") == "example.com"
    assert domain_fault("example.com") is None
    for odd in ("", "localhost", "a@b.example", "a b.example", ".example", "example.", "a..b", "x" * 250 + ".com"):
        assert domain_fault(odd) is not None


def test_a_domain_goes_with_its_policy_and_the_policy_with_a_domain() -> None:
    wanted = Wanted("notes", "Notes", "http://127.0.0.1:9/mcp", access="domain")
    assert "name the domain" in (administer.fault(wanted) or "")
    assert administer.fault(replace(wanted, email_domain="example.com")) is None
    assert "Only the access policy domain" in (
        administer.fault(replace(wanted, access="owner", email_domain="example.com")) or ""
    )
    of_domain = opened("domain", "example.com")
    assert administer.misfit(of_domain, Change(name="New")) is None
    assert administer.misfit(of_domain, Change(access="verified")) is None
    assert administer.misfit(of_domain, Change(email_domain="other.example")) is None
    assert administer.misfit(deployment(), Change(email_domain="other.example")) is not None
    assert administer.misfit(deployment(), Change(access="domain")) is not None


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
