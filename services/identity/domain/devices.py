"""What a list of sessions shows of where each is used (ID-3): enough to know one's own, not more."""

from __future__ import annotations

import ipaddress
from typing import Final

#: What is kept of the names that a program gives itself.
LONGEST: Final = 60
# The first that fits wins: Edge and Opera call themselves Chrome, too, and Chrome calls itself Safari.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("YaBrowser", "Yandex Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("SamsungBrowser", "Samsung Internet"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_label(user_agent: str) -> str:
    """``Firefox, Windows`` from a User-Agent header; an unknown program's first word; empty for none.

    Never longer than LONGEST, printable ASCII without angle brackets.
    """
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not browser:
        browser = (user_agent.split() or [""])[0]
    label = ", ".join(part for part in (browser, system) if part)
    clean = "".join(c for c in label if c.isascii() and c.isprintable() and c not in "<>")
    return clean[:LONGEST]


def network_of(client: str) -> str:
    """The network of a caller's address: 24 bits of IPv4, 48 of IPv6; empty for what is no address.

    >>> network_of("203.0.113.77"), network_of("2001:db8:1:2::/64")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    try:
        found = ipaddress.ip_network(client, strict=False)
    except ValueError:
        return ""
    # A network by its number alone would be taken for one of IPv4 where the number is small.
    kind = ipaddress.IPv4Network if found.version == 4 else ipaddress.IPv6Network
    return str(kind((int(found.network_address), 24 if found.version == 4 else 48), strict=False))
