import pytest

from consentry.spec.networks import address_of, neighbourhood


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_the_neighbourhood_is_one_address_or_a_64(text: str | None, name: str) -> None:
    assert neighbourhood(text) == name


@pytest.mark.parametrize("text", [None, "", "testclient", "192.0.2.7/32"])
def test_what_is_no_address_is_none(text: str | None) -> None:
    assert address_of(text) is None
