"""What is put together from several services: first page, history, bell, appeals."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from contracts.rpc.base import AccountNumber, Amount, Currency, Id, Moment, ProviderId
from contracts.rpc.billing import Bill
from contracts.rpc.metering import Meter, SubmittedReading
from contracts.rpc.notifications import Message
from contracts.rpc.payments import PaymentInHistory
from contracts.rpc.words import Delivery, HistoryKind, Level, MessageChannel, MessageKind, OverviewPart
from gateway.models.base import BodyId, PageQuery


class PointsAndLevel(msgspec.Struct):
    """Points and level."""

    points: int
    level: Level
    rank: int
    next_level: Level | None
    points_missing: int


class OverviewAccount(msgspec.Struct):
    """An account on the first page; what a missing service would have told is null."""

    account: Id
    provider: ProviderId | None
    number: AccountNumber | None
    name: str | None
    group: str | None
    address: str | None
    balance: Amount | None
    currency: Currency | None
    delivery: Delivery | None
    last_bill: Bill | None
    meters: list[Meter] | None
    loyalty: PointsAndLevel | None


class Overview(msgspec.Struct):
    """All that the first page shows (GW-2). What belongs to a part that is ``missing`` is null."""

    accounts: list[OverviewAccount]
    owed: dict[Currency, Amount] | None
    unread: int | None
    latest: list[Message] | None
    missing: list[OverviewPart]


class HistoryQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for: kinds, accounts, all accounts of a group or of a supplier, moments (``until`` is not in it),
    amounts of money, which only bills and payments have."""

    kinds: list[HistoryKind] = []
    accounts: list[BodyId] = []
    group: Id | None = None
    provider: ProviderId | None = None
    since: Moment | None = None
    until: Moment | None = None
    least: Amount | None = None
    greatest: Amount | None = None


class ReadingItem(msgspec.Struct, tag_field="kind", tag="reading"):
    """A reading that was sent, or the one that a month of an automated meter ended with."""

    id: Id
    at: Moment
    details: SubmittedReading


class BillItem(msgspec.Struct, tag_field="kind", tag="bill"):
    """A bill."""

    id: Id
    at: Moment
    details: Bill


class PaymentItem(msgspec.Struct, tag_field="kind", tag="payment"):
    """A payment of one's own, or of somebody else for an account that one sees."""

    id: Id
    at: Moment
    details: PaymentInHistory


HistoryItem: TypeAlias = Annotated[
    ReadingItem | BillItem | PaymentItem,
    Meta(title="HistoryItem", description="What happened, with all its details (GW-3)."),
]


class History(msgspec.Struct):
    """One stream, newest first. A kind that is ``missing`` did not come."""

    items: list[HistoryItem]
    next: str | None
    missing: list[HistoryKind]


class ReadMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ids of messages, or all of them."""

    messages: Annotated[list[BodyId], Meta(min_length=1, max_length=100)] | None = None
    all: bool = False


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of message on a channel, on or off."""

    kind: MessageKind
    channel: MessageChannel
    enabled: bool
