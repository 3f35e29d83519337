"""What loyalty's tests share: two programmes, a world to act in, makers of events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from authorisation.contexts import RequestContext
from authorisation.subject import NOBODY, Subject
from chassis.context import CallContext
from chassis.database import Database
from chassis.transaction import Transaction
from contracts.events.billing import AccountOpened, BillIssued, PaymentPosted
from contracts.events.identity import AccountLinked, ContactConfirmed
from contracts.events.metering import ReadingAccepted
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools

PROVIDER = """
[provider]
id = "{id}"
name = {{ en = "{id}" }}
currency = "RUB"
time_zone = "{zone}"
resources = ["electricity"]

[loyalty]
"""
PROGRAMME = """
enabled = true
window_periods = 6
[loyalty.points]
registration_and_email = 10
readings_in_time = 1
payment_in_time = 3
payment_in_cabinet = 2
early_payment = 1
paperless = 1
[loyalty.lasting]
registration_and_email = true
[loyalty.levels]
beginner = 0
promising = 3
responsible = 7
ideal = 12
"""
ZONES = {"ural": "Asia/Yekaterinburg", "kyiv": "Europe/Kyiv", "plain": "Europe/Kyiv"}


def account() -> str:
    """A fresh account's id."""
    return str(uuid.uuid4())


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class World:
    """Carries out handlers, each in a transaction of its own, and looks at what they left."""

    database: Database
    tools: LoyaltyTools
    now: datetime = field(default_factory=lambda: moment("2026-11-20T10:00"))

    def do(self, handler: Callable[..., Any], *arguments: Any) -> Any:
        """``handler(call, tools, *arguments)``."""
        with self.database.transaction() as tx:
            return handler(
                RequestContext(tx, self.now, CallContext(), subject=NOBODY), self.tools, *arguments
            )

    def ask(self, view: Callable[..., Any], subject: Subject, *arguments: Any) -> Any:
        """``view(tx, tools, subject, *arguments)``."""
        with self.database.snapshot() as tx:
            return view(tx, self.tools, subject, *arguments)

    def transaction(self) -> Any:
        """For what no handler does."""
        return self.database.transaction()

    def journal(self, of: str) -> dict[tuple[str, str], int]:
        """(criterion, period) -> points; burns of several causes add up."""
        return {
            (row["criterion"], row["period"]): row["points"]
            for row in self._rows(
                """select criterion, period, cast(sum(points) as int) as points from points_award
                   where account = cast(:account as uuid) group by criterion, period""",
                account=of,
            )
        }

    def standing(self, of: str) -> tuple[int, str]:
        """Points and level as stored."""
        [row] = self._rows(
            "select points, level from member where account = cast(:account as uuid)", account=of
        )
        return row["points"], row["level"]

    def outcome(self, of: str, period: str) -> str:
        """Of a bill."""
        [row] = self._rows(
            "select outcome from bill where account = cast(:account as uuid) and period = :period",
            account=of,
            period=period,
        )
        return str(row["outcome"])

    def announced(self, name: str) -> list[dict[str, Any]]:
        """Events that wait in the outbox."""
        return [
            json.loads(row["body"])
            for row in self._rows("select body from outbox where routing_key = :name order by id", name=name)
        ]

    def _rows(self, sql: str, **parameters: Any) -> list[Any]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)


def opened(
    of: str, delivery: str = "paper", at: str = "2026-01-01T00:00", provider: str = "ural"
) -> AccountOpened:
    """An account came in."""
    return AccountOpened(
        account=of, provider=provider, at=moment(at), number="1", currency="RUB", delivery=delivery
    )


def bill(
    of: str,
    period: str = "2026-10",
    *,
    at: str = "2026-11-05T04:00",
    due: str = "2026-11-15",
    early: str | None = None,
    to_pay: str = "300",
    provider: str = "ural",
) -> BillIssued:
    """A bill."""
    return BillIssued(
        account=of,
        provider=provider,
        at=moment(at),
        bill=str(uuid.uuid4()),
        number="1",
        account_number="1",
        period=period,
        currency="RUB",
        charged=Decimal(300),
        to_pay=Decimal(to_pay),
        due_on=date.fromisoformat(due),
        early_until=date.fromisoformat(early) if early else None,
    )


def paid(
    of: str,
    at: str,
    *,
    posted: str | None = None,
    balance: str = "0",
    channel: str = "cabinet",
    amount: str = "300",
    provider: str = "ural",
) -> PaymentPosted:
    """A payment, posted at once unless told otherwise."""
    return PaymentPosted(
        account=of,
        provider=provider,
        at=moment(posted or at),
        payment=str(uuid.uuid4()),
        account_number="1",
        currency="RUB",
        amount=Decimal(amount),
        balance=Decimal(balance),
        paid_at=moment(at),
        channel=channel,
    )


def reading(
    of: str, period: str = "2026-11", *, in_time: bool = True, provider: str = "ural"
) -> ReadingAccepted:
    """A reading."""
    return ReadingAccepted(
        reading=str(uuid.uuid4()),
        account=of,
        provider=provider,
        meter="m",
        serial="s",
        resource="electricity",
        unit="kWh",
        period=period,
        taken_at=moment("2026-11-20T10:00"),
        origin="cabinet",
        in_time=in_time,
        values=[],
    )


def add_awards(tx: Transaction, of: str, awards: list[Any]) -> None:
    """Straight into the journal."""
    store.add_awards(tx, of, awards, moment("2026-11-01T00:00"))


def linked(person: str, of: str, at: str = "2026-11-01T00:00", provider: str = "ural") -> AccountLinked:
    """A person linked it."""
    return AccountLinked(
        person=person, at=moment(at), account=of, provider=provider, number="1", scopes=["see", "pay"]
    )


def confirmed(person: str, channel: str = "email") -> ContactConfirmed:
    """A person has an address."""
    return ContactConfirmed(
        person=person, at=moment("2026-11-02T00:00"), channel=channel, address="a@b.example", language="ru"
    )
