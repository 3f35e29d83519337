"""Requests and answers of notifications' RPCs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import Moment, Request
from contracts.rpc.common import PersonRequest as PersonRequest

#: Every kind of message that a person can get (NT-2).
MessageKind = Literal[
    "registered",
    "account_linked",
    "account_linked_by_other",
    "access_offered",
    "access_offered_sms",
    "membership_offered",
    "membership_offered_sms",
    "access_accepted",
    "access_ended",
    "access_returned",
    "contact_changed",
    "code",
    "account_code",
    "registration_link",
    "taken",
    "taken_mail",
    "recovery",
    "recovery_mail",
    "phone_change",
    "phone_change_mail",
    "staff_invitation",
    "password_changed",
    "person_erased",
    "reading_accepted",
    "reading_unconfirmed",
    "reading_lapsed",
    "verification_due",
    "alert_leak",
    "alert_base_load",
    "alert_surge",
    "alert_drop",
    "alert_nothing",
    "alert_cleared",
    "bill_issued",
    "bill_withdrawn",
    "payment_posted",
    "payment_canceled",
    "receipt_registered",
    "points_granted",
    "level_changed",
    "appeal_answered",
]
#: Where a message goes besides the bell.
MessageChannel = Literal["email", "sms"]


class InboxRequest(Request, frozen=True, kw_only=True):
    """A page; ``before`` is the cursor that the page before gave."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    before: UUID | None = None


class MarkReadRequest(Request, frozen=True, kw_only=True):
    """Some messages, or all."""

    messages: Annotated[list[UUID], Meta(min_length=1, max_length=100)] | None = None
    all: bool = False

    def faults(self) -> Iterator[Fault]:
        """Either the list or ``all``."""
        if (self.messages is None) == (self.all is False):
            yield Fault("/messages", "one_of", "Give either messages or all.")


class ChooseRequest(Request, frozen=True, kw_only=True):
    """Switch a kind of message on or off for a channel (NT-2)."""

    kind: MessageKind
    channel: MessageChannel
    enabled: bool


class Message(msgspec.Struct):
    """A message in the bell (NT-1)."""

    id: str
    kind: str
    title: str
    text: str
    at: Moment
    read_at: Moment | None
    data: dict[str, Any]


class Inbox(msgspec.Struct):
    """Messages, newest first."""

    messages: list[Message]
    next: str | None


class Unread(msgspec.Struct):
    """The number in the bell."""

    unread: int


class ChoiceMade(msgspec.Struct):
    """As it is now."""

    kind: str
    channel: str
    enabled: bool


class ChoiceState(ChoiceMade):
    """``locked``: a security message, always sent."""

    locked: bool


class Choices(msgspec.Struct):
    """Everything that is sent out."""

    choices: list[ChoiceState]


class Bell(msgspec.Struct):
    """The number in the bell and the latest messages (GW-2)."""

    unread: int
    latest: list[Message]
