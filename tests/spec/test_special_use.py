"""Addresses that a stranger's URL must not lead to."""

import pytest

from consentry.spec.special_use import is_loopback, is_special_use


@pytest.mark.proves("B5")
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:2800::1%eth0",
        "ff02::1",
        "no address",
        "",
    ],
)
def test_an_address_that_is_not_public_is_told(address: str) -> None:
    assert is_special_use(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.1",
        "168.63.129.17",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2001:200::1",
        "2a00:1450:4001::1",
        "64:ff9b::808:808",
    ],
)
def test_a_public_address_is_let_be(address: str) -> None:
    assert not is_special_use(address)


def test_loopback_is_told_from_all_else() -> None:
    assert all(is_loopback(address) for address in ("127.0.0.1", "127.9.9.9", "::1"))
    assert not any(is_loopback(address) for address in ("10.0.0.1", "::ffff:8.8.8.8", "0.0.0.1", "localhost", ""))
