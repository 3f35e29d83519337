"""Kinds of messages: which channels each goes to, and what cannot be switched off (NT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EMAIL, SMS = "email", "sms"
CHANNELS: Final = (EMAIL, SMS)
# The contact that a channel needs.
CONTACT_OF: Final = {EMAIL: "email", SMS: "phone"}
CHANNEL_OF: Final = {contact: channel for channel, contact in CONTACT_OF.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """``bell``: stands in the inbox. ``security``: cannot be switched off. ``channels``: sent out besides."""

    bell: bool = True
    channels: tuple[str, ...] = ()
    security: bool = False


KINDS: Final[dict[str, Kind]] = {
    "registered": Kind(),
    "account_linked": Kind(channels=(EMAIL,)),
    "account_linked_by_other": Kind(channels=(EMAIL,), security=True),
    "contact_changed": Kind(channels=(EMAIL, SMS), security=True),
    # To an address that may not be anyone's yet, and never kept: the inbox is no place for it.
    "code": Kind(bell=False, channels=(EMAIL, SMS), security=True),
    "reading_accepted": Kind(channels=(EMAIL,)),
    "bill_issued": Kind(channels=(EMAIL,)),
    "payment_posted": Kind(channels=(EMAIL,)),
    "payment_canceled": Kind(),
    "receipt_registered": Kind(channels=(EMAIL,)),
    "points_granted": Kind(),
    "level_changed": Kind(channels=(EMAIL,)),
    "appeal_answered": Kind(channels=(EMAIL,)),
}


def can_choose(kind: str, channel: str) -> bool:
    """True where a person may switch the kind off (or on) for the channel."""
    known = KINDS.get(kind)
    return known is not None and channel in known.channels and not known.security


def channels_for(kind: str, reachable: frozenset[str], switched_off: frozenset[str]) -> list[str]:
    """The channels by which a person gets a message of the kind: the kind's, if reachable and not switched off."""
    known = KINDS[kind]
    refused = frozenset[str]() if known.security else switched_off
    return [channel for channel in known.channels if channel in reachable and channel not in refused]
