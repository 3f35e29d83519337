"""Whom limits count: the network address of a caller."""

from __future__ import annotations

import ipaddress

# Whoever has one IPv6 address has a network of this size.
IPV6_NETWORK = 64


def client_of(address: str) -> str:
    """An IPv4 address as it is, an IPv6 address as its /64 network; empty for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), IPV6_NETWORK), strict=False))
