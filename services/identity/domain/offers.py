"""Whose an offer of access or an invitation is (ID-8, ID-11): it goes to an address, and is theirs who confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def channel_of(contact: str) -> str:
    """phone or email."""
    return "email" if "@" in contact else "phone"


def contacts_of(person: Mapping[str, Any]) -> list[str]:
    """Confirmed addresses of a person."""
    return [contact for contact in (person["phone"], person["email"]) if contact]


def is_mine(person: Mapping[str, Any], offer: Mapping[str, Any], holder: str) -> bool:
    """Is the offer, or what came of it, this person's? ``holder`` names the field of who accepted it."""
    if offer["state"] == "invited":
        return offer["contact"] in contacts_of(person)
    return str(offer[holder]) == str(person["id"])
