"""What is put together from several services: first page, history, bell, appeals."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from contracts.rpc.base import Currency, Moment, ProviderId
from contracts.rpc.billing import Bill
from contracts.rpc.metering import Meter
from contracts.rpc.notifications import Message


class PointsAndLevel(msgspec.Struct):
    """Points and level."""

    points: int
    level: str
    rank: int
    next_level: str | None
    points_missing: int


class OverviewAccount(msgspec.Struct):
    """An account on the first page; what a missing service would have told is null."""

    account: str
    provider: ProviderId | None
    number: str | None
    name: str | None
    group: str | None
    address: str | None
    balance: Decimal | None
    currency: Currency | None
    delivery: str | None
    last_bill: Bill | None
    meters: list[Meter] | None
    loyalty: PointsAndLevel | None


class Overview(msgspec.Struct):
    """All that the first page shows (GW-2). ``missing`` names the services that did not answer."""

    accounts: list[OverviewAccount]
    owed: dict[str, Decimal]
    unread: int | None
    latest: list[Message]
    missing: list[str]


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``kinds``: any of reading, bill, payment. ``cursor`` from the page before."""

    kinds: list[Literal["reading", "bill", "payment"]] = []
    accounts: list[str] = []
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: str | None = None


class HistoryItem(msgspec.Struct):
    """A reading, a bill or a payment, with all its details (GW-3)."""

    kind: str
    id: str
    at: Moment
    details: dict[str, Any]


class History(msgspec.Struct):
    """One stream, newest first."""

    items: list[HistoryItem]
    next: str | None
    missing: list[str]


class InboxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` is ``next`` of the page before."""

    limit: int = 20
    before: str | None = None


class ReadMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ids of messages, or all of them."""

    messages: list[str] | None = None
    all: bool = False


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of message on a channel, on or off."""

    kind: str
    channel: str
    enabled: bool
