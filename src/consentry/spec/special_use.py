"""Addresses that a stranger's URL must not lead to: RFC 6890 and IANA's registries of special-purpose addresses."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# The standard library's `is_global` differs from one patch release to the next, and is true of what carries an IPv4
# address inside. These lists are ours.
_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # not in the registry: Azure's own servers, for the machines inside alone
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All that is handed out for use in public lies within 2000::/3, less these.
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address, of whatever kind
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1


def is_special_use(address: str) -> bool:
    """Whether connecting there could reach this machine or its neighbours. What is no address counts as such."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    if isinstance(parsed, IPv4Address):
        return any(parsed in network for network in _IPV4)
    return _is_special_ipv6(parsed)


def is_loopback(address: str) -> bool:
    """Whether that is this very machine: RFC 6890, 127.0.0.0/8 and ::1."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_special_ipv6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return True
    if address in _NAT64:  # a network without IPv4 reaches all of it by way of this prefix: what is inside decides
        return any(IPv4Address(address.packed[-4:]) in network for network in _IPV4)
    return address not in _PUBLIC_IPV6 or any(address in network for network in _IPV6)
