"""Origins of web pages (RFC 6454), as configuration lists them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

ORIGIN: Final = re.compile(r"https?://[^\s/?#@,]+")


def origins_of(text: str) -> tuple[frozenset[str], list[str]]:
    """Those of a list with commas, and what in it is none."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    return frozenset(found), [one for one in found if not ORIGIN.fullmatch(one)]


def leads_to(address: str, origins: Collection[str]) -> bool:
    """Does a web address lead to one of the origins? One that names a user on the way does not."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return "@" not in parts.netloc and f"{parts.scheme}://{parts.netloc}".lower() in origins
