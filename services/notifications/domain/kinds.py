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
    """``bell``: stands in the bell. ``security``: cannot be switched off. ``channels``: sent out besides."""

    bell: bool = True
    channels: tuple[str, ...] = ()
    security: bool = False


KINDS: Final[dict[str, Kind]] = {
    "registered": Kind(),
    "account_linked": Kind(channels=(EMAIL,)),
    "account_linked_by_other": Kind(channels=(EMAIL,), security=True),
    # Offers go to an address that may be nobody's yet; the bell of whoever has confirmed it shows them, too.
    "access_offered": Kind(channels=(EMAIL,), security=True),
    "access_offered_sms": Kind(bell=False, channels=(SMS,), security=True),
    "membership_offered": Kind(channels=(EMAIL,), security=True),
    "membership_offered_sms": Kind(bell=False, channels=(SMS,), security=True),
    "access_accepted": Kind(channels=(EMAIL,), security=True),
    "access_ended": Kind(channels=(EMAIL,)),
    "access_returned": Kind(channels=(EMAIL,)),
    "contact_changed": Kind(channels=(EMAIL, SMS), security=True),
    # To an address that may not be anyone's yet, and never kept: the bell is no place for it.
    "code": Kind(bell=False, channels=(EMAIL, SMS), security=True),
    "account_code": Kind(bell=False, channels=(EMAIL,), security=True),
    "registration_link": Kind(bell=False, channels=(EMAIL,), security=True),
    # A link must not come by SMS, so the two channels have texts of their own.
    "taken": Kind(bell=False, channels=(SMS,), security=True),
    "taken_mail": Kind(bell=False, channels=(EMAIL,), security=True),
    "recovery": Kind(bell=False, channels=(SMS,), security=True),
    "recovery_mail": Kind(bell=False, channels=(EMAIL,), security=True),
    "phone_change": Kind(bell=False, channels=(SMS,), security=True),
    "phone_change_mail": Kind(bell=False, channels=(EMAIL,), security=True),
    "staff_invitation": Kind(bell=False, channels=(EMAIL,), security=True),
    "password_changed": Kind(channels=(EMAIL, SMS), security=True),
    "person_erased": Kind(bell=False, channels=(EMAIL, SMS), security=True),
    "reading_accepted": Kind(channels=(EMAIL,)),
    "reading_unconfirmed": Kind(channels=(EMAIL,)),
    "reading_lapsed": Kind(channels=(EMAIL,)),
    "verification_due": Kind(channels=(EMAIL,)),
    # Water that runs does not wait for somebody to read their mail.
    "alert_leak": Kind(channels=(EMAIL, SMS)),
    "alert_base_load": Kind(channels=(EMAIL,)),
    "alert_surge": Kind(channels=(EMAIL,)),
    "alert_drop": Kind(channels=(EMAIL,)),
    "alert_nothing": Kind(channels=(EMAIL,)),
    "alert_cleared": Kind(channels=(EMAIL,)),
    "bill_issued": Kind(channels=(EMAIL,)),
    "bill_withdrawn": Kind(channels=(EMAIL,)),
    "payment_posted": Kind(channels=(EMAIL,)),
    "payment_canceled": Kind(),
    "receipt_registered": Kind(channels=(EMAIL,)),
    "points_awarded": Kind(),
    "level_changed": Kind(channels=(EMAIL,)),
    "appeal_answered": Kind(channels=(EMAIL,)),
}

#: What code_issued sends, by its purpose and channel; "code" for all others.
_SENT_FOR: Final = {
    ("registration", EMAIL): "registration_link",
    ("account", EMAIL): "account_code",
    ("taken", SMS): "taken",
    ("taken", EMAIL): "taken_mail",
    ("recovery", SMS): "recovery",
    ("recovery", EMAIL): "recovery_mail",
    ("phone_change", SMS): "phone_change",
    ("phone_change_link", EMAIL): "phone_change_mail",
    ("staff_invitation", EMAIL): "staff_invitation",
}
#: Identity announces this where there is nobody to send to, so that its work does not tell who is registered.
DECOY: Final = "decoy"


def kind_for(purpose: str, channel: str) -> str:
    """The kind of message that carries a code or link of the purpose."""
    return _SENT_FOR.get((purpose, channel), "code")


def can_choose(kind: str, channel: str) -> bool:
    """True where a person may switch the kind off (or on) for the channel."""
    known = KINDS.get(kind)
    return known is not None and channel in known.channels and not known.security


def channels_for(kind: str, reachable: frozenset[str], switched_off: frozenset[str]) -> list[str]:
    """The channels by which a person gets a message of the kind: the kind's, if reachable and not switched off."""
    known = KINDS[kind]
    refused = frozenset[str]() if known.security else switched_off
    return [channel for channel in known.channels if channel in reachable and channel not in refused]
