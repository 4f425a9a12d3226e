"""Whom an address stands for: one address of IPv4, a /64 of IPv6 (RFC 6177 §2)."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def address_of(text: str | None) -> Address | None:
    """None where it is none; an IPv4 address that is written as IPv6 is the IPv4 one."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


def neighbourhood(text: str | None) -> str:
    """All the addresses that one subscriber has, as one name."""
    address = address_of(text)
    if address is None or address.version == 4:
        return str(address or text or "")
    return str(ip_network((address.packed, 64), strict=False))
