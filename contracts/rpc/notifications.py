"""Requests and answers of notifications' RPCs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import Id, Moment, Period, Request
from contracts.rpc.common import PersonRequest as PersonRequest
from contracts.rpc.words import MessageChannel, MessageKind


class MessagesRequest(Request, frozen=True, kw_only=True):
    """A page; ``cursor`` is ``next`` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: UUID | None = None


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


class ProfileTarget(msgspec.Struct, tag_field="kind", tag="profile"):
    """Leads to one's own profile."""


class AccountsTarget(msgspec.Struct, tag_field="kind", tag="accounts"):
    """Leads to the list of accounts."""


class AccountTarget(msgspec.Struct, tag_field="kind", tag="account"):
    """Leads to an account."""

    account: Id


class OfferTarget(msgspec.Struct, tag_field="kind", tag="offer"):
    """Leads to an offer: access to an account, or a membership, by the message's kind."""

    offer: Id


class ReadingTarget(msgspec.Struct, tag_field="kind", tag="reading"):
    """Leads to a reading."""

    account: Id
    meter: Id
    reading: Id
    period: Period


class MeterTarget(msgspec.Struct, tag_field="kind", tag="meter"):
    """Leads to a meter, whose verification is due."""

    account: Id
    meter: Id
    due_on: date


class AlertTarget(msgspec.Struct, tag_field="kind", tag="alert"):
    """Leads to an alert on use."""

    account: Id
    meter: Id
    alert: Id


class BillTarget(msgspec.Struct, tag_field="kind", tag="bill"):
    """Leads to a bill."""

    account: Id
    bill: Id
    period: Period


class PaymentTarget(msgspec.Struct, tag_field="kind", tag="payment"):
    """Leads to a payment: one's own, or a part of somebody's for the ``account``."""

    payment: Id
    account: Id | None = None


class StandingTarget(msgspec.Struct, tag_field="kind", tag="standing"):
    """Leads to points and level of an account."""

    account: Id


class AppealTarget(msgspec.Struct, tag_field="kind", tag="appeal"):
    """Leads to an appeal."""

    appeal: Id


MessageTarget: TypeAlias = Annotated[
    ProfileTarget
    | AccountsTarget
    | AccountTarget
    | OfferTarget
    | ReadingTarget
    | MeterTarget
    | AlertTarget
    | BillTarget
    | PaymentTarget
    | StandingTarget
    | AppealTarget,
    Meta(title="MessageTarget", description="Where a message leads."),
]


class Message(msgspec.Struct):
    """A message in the bell (NT-1); ``data`` says where it leads."""

    id: Id
    kind: MessageKind
    title: str
    text: str
    at: Moment
    read_at: Moment | None
    data: MessageTarget


class Messages(msgspec.Struct):
    """Messages, newest first."""

    messages: list[Message]
    next: Id | None


class Unread(msgspec.Struct):
    """The number in the bell."""

    unread: int


class ChoiceMade(msgspec.Struct):
    """As it is now."""

    kind: MessageKind
    channel: MessageChannel
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
