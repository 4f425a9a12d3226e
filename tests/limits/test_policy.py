from ipaddress import ip_network

import pytest

from consentry.limits.model import Rate
from consentry.limits.policy import Limits, Pace

CLAUDE = "160.79.104.0/21"
LIMITS = Limits(
    register=Rate(20, 3600),
    authorize=Rate(20, 3600),
    token=Rate(10, 60),
    token_failures=Rate(100, 60),
    api=Rate(600, 60),
    api_failures=Rate(60, 60),
    letters_to=Rate(5, 3600),
    letters_from=Rate(20, 3600),
    egress=((ip_network(CLAUDE), 50),),
    unlimited=(ip_network("127.0.0.0/8"), ip_network("::1")),
)


def test_each_address_has_a_count_of_its_own_and_of_ipv6_each_64() -> None:
    one, other = LIMITS.registering("192.0.2.7"), LIMITS.registering("192.0.2.8")
    assert one.key != other.key
    assert LIMITS.registering("2001:db8::1").key == LIMITS.registering("2001:db8::2").key
    assert LIMITS.registering("2001:db8::1").key != LIMITS.registering("2001:db8:0:1::1").key


@pytest.mark.proves("B22")
@pytest.mark.parametrize(("network", "most"), [("160.79.104.9", 1000), ("160.79.112.1", 20), ("", 20), (None, 20)])
def test_networks_that_many_people_come_from_may_do_more(network: str | None, most: int) -> None:
    assert LIMITS.registering(network).rate == Rate(most, 3600)


def test_a_person_who_is_signed_in_is_counted_as_the_account_wherever_they_are() -> None:
    here, there = LIMITS.asking("192.0.2.7", "account_1"), LIMITS.asking("192.0.2.8", "account_1")
    assert here.key == there.key
    assert here.key not in {LIMITS.asking("192.0.2.7", None).key, LIMITS.asking("192.0.2.7", "account_2").key}


@pytest.mark.proves("D28")
def test_failures_of_one_client_are_not_those_of_another_at_the_same_address() -> None:
    keys = {LIMITS.failing("192.0.2.7", "a").key, LIMITS.failing("192.0.2.7", "b").key}
    assert len(keys | {LIMITS.failing("192.0.2.8", "a").key, LIMITS.failing_at_all("192.0.2.7").key}) == 4


def test_mail_is_counted_by_its_address_from_wherever_and_by_its_network_to_whomever() -> None:
    from_here, to = LIMITS.writing("192.0.2.7", "ada@example.com")
    from_there, to_the_same = LIMITS.writing("192.0.2.8", "ada@example.com")
    from_here_too, to_another = LIMITS.writing("192.0.2.7", "bob@example.com")
    assert to == to_the_same != to_another
    assert from_here == from_here_too != from_there


def test_an_account_is_counted_at_the_api_wherever_it_is_and_what_strays_by_its_network() -> None:
    keys = {LIMITS.managing("account_1").key, LIMITS.managing("account_2").key, LIMITS.straying("192.0.2.7").key}
    assert len(keys | {LIMITS.straying("192.0.2.8").key}) == 4


def test_no_key_tells_who_it_is_of() -> None:
    assert b"192.0.2.7" not in bytes(LIMITS.registering("192.0.2.7").key)
    assert len(LIMITS.failing("192.0.2.7", "client_1").key) == 32


@pytest.mark.parametrize("network", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_what_is_not_limited_is_not_counted(network: str) -> None:
    assert not LIMITS.counted(network)
    assert Pace(LIMITS.token, LIMITS.unlimited).at(network) is None


@pytest.mark.parametrize("network", ["192.0.2.7", "::2", "unknown", None])
def test_everybody_else_is(network: str | None) -> None:
    assert LIMITS.counted(network)
    assert Pace(LIMITS.token, LIMITS.unlimited).at(network) == Rate(10, 60)
