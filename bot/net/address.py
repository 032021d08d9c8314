"""Which addresses a source may be at: a pure decision over IP addresses, with our own list.

Promises: an address inside our own machine, network or cloud is never called public, in whatever form it comes (mapped,
translated or tunnelled). Never asks the system and never relies on ``is_global``, whose meaning changes between Python
releases (3.11 calls 224.0.0.1 and 64:ff9b::7f00:1 global).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED_4 = tuple(
    IPv4Network(text)
    for text in (
        # IANA IPv4 Special-Purpose Address Registry, seen 2026-11, RFC 6890 and its followers
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; metadata service of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; metadata service of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "168.63.129.16/32",  # Azure's own services on every machine there, though the number is public (learn.microsoft.com)
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""All that IANA has given to the public internet; ::1, fc00::/7, fe80::/10, fec0::/10, ff00::/8 and 5f00::/16 lie outside."""
_CLOSED_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: benchmarks, ORCHID, anycast; Teredo is unwrapped before
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_NAT64_LOCAL = _NAT64[1]
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")


def is_allowed(address: Address, allow: Sequence[Network] = ()) -> bool:
    """Whether a source may be at ``address``.

    Args:
        address: where a connection would go.
        allow: networks that are let through although they are not public.
    """
    if any(address in network for network in allow):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    inner = tuple(_inner(address))
    if inner:
        return address not in _NAT64_LOCAL and all(is_allowed(part, allow) for part in inner)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def _inner(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses an IPv6 address really leads to: mapped (RFC 4291), NAT64 (6052, 8215), 6to4 (3056), Teredo (4380)."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif any(address in network for network in _NAT64):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    elif address in _SIX_TO_FOUR:
        yield IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    elif address in _TEREDO:
        yield IPv4Address(int(address) >> 64 & 0xFFFFFFFF)
        yield IPv4Address(~int(address) & 0xFFFFFFFF)
