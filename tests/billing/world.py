"""What billing's tests share: tariffs, a world to act in, and meters as metering would report them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from authorisation import access
from authorisation.contexts import RequestContext
from authorisation.subject import NOBODY, Subject
from chassis.context import CallContext
from chassis.database import Database
from contracts.errors import CabinetError
from contracts.events.payments import PaymentPart, PaymentSucceeded
from contracts.identifiers import account_id, new_id
from contracts.periods import next_period
from services.billing import views
from services.billing.configuration import BillingTools
from services.billing.domain.tariff_kinds import KINDS
from services.billing.domain.tariffs import Tariff, TariffVersion
from services.billing.handlers import accounts, payments, runs
from services.billing.store import accounts as account_store
from services.billing.store import bills
from services.billing.store import runs as run_store
from tests.support_code.requests import typed

URAL, USTEK = "uralenergosbyt", "ustek-chelyabinsk"
HEADER = "number;holder;address;people;area;tariffs;opened_on"
ACCOUNTANT = Subject("person", new_id(), "", frozenset({"accountant"}))
D = Decimal


def local(text: str) -> datetime:
    """A moment in Chelyabinsk."""
    return datetime.fromisoformat(f"{text}+05:00")


def refused(act: Callable[[], Any]) -> CabinetError:
    """The error that it ends in."""
    with pytest.raises(CabinetError) as caught:
        act()
    return caught.value


def tariff(
    *versions: tuple[str, str, dict[str, str]],
    kind: str = "zones",
    resource: str = "electricity",
    unit: str = "kWh",
    heat: str | None = None,
    area: str | None = None,
) -> Tariff:
    """(valid from, VAT, prices) each."""
    return KINDS[kind](
        f"{resource}-test",
        resource,
        unit,
        tuple(
            TariffVersion(
                date.fromisoformat(day),
                D(vat),
                {zone: D(price) for zone, price in prices.items()},
                D(heat) if heat else None,
                D(area) if area else None,
            )
            for day, vat, prices in versions
        ),
    )


def account_line(
    number: str = "7400000001",
    tariffs: str = "electricity-1",
    *,
    people: int = 2,
    area: str = "50",
    opened_on: str = "2026-01-01",
) -> str:
    """A line of the file of accounts."""
    return f"{number};Иванов Иван;Челябинск, Ленина 1;{people};{area};{tariffs};{opened_on}"


@dataclass
class Meter:
    """A meter's readings by period, as metering reports them."""

    number: str
    serial: str = "M1"
    zones: dict[str, str] = field(default_factory=lambda: {"1.8.0": "single"})
    resource: str = "electricity"
    unit: str = "kWh"
    provider: str = URAL
    digits: int = 6
    ratio: str = "1"
    readings: dict[str, dict[str, tuple[Decimal, str]]] = field(default_factory=dict)

    def read(self, period: str, *values: str, at: str | None = None) -> Meter:
        """The period's closing readings, one a register; another call for the period takes their place."""
        moment = at or local(f"{next_period(period)}-01T00:00:00").isoformat()
        for register, value in zip(self.zones, values, strict=True):
            self.readings.setdefault(register, {})[period] = (D(value), moment)
        return self

    def rows(self, period: str) -> list[dict[str, Any]]:
        """What ``quantities`` answers over the bus."""
        found = []
        for register, zone in self.zones.items():
            known = self.readings.get(register, {})
            closing = known.get(period)
            before = [known[name] for name in sorted(known) if name < period]
            opening = before[-1] if before else None
            used = (closing[0] - opening[0]) * D(self.ratio) if closing and opening else None
            found.append(
                {
                    "account": account_id(self.provider, self.number),
                    "meter": self.serial,
                    "serial": self.serial,
                    "resource": self.resource,
                    "unit": self.unit,
                    "zone": zone,
                    "register": register,
                    "ratio": self.ratio,
                    "digits": self.digits,
                    "opening": str(opening[0]) if opening else None,
                    "opening_at": opening[1] if opening else None,
                    "opening_source": "cabinet" if opening else None,
                    "opening_period": max(name for name in known if name < period) if opening else None,
                    "closing": str(closing[0]) if closing else None,
                    "closing_at": closing[1] if closing else None,
                    "closing_source": "cabinet" if closing else None,
                    "consumption": None if used is None else str(used),
                }
            )
        return found


def payment(
    number: str = "7400000001",
    amount: str = "100",
    *,
    paid_at: datetime | None = None,
    payment_id: str | None = None,
    provider: str = URAL,
    currency: str = "RUB",
    more: tuple[PaymentPart, ...] = (),
    person: str | None = None,
) -> PaymentSucceeded:
    """The money is captured."""
    part = PaymentPart(account=account_id(provider, number), provider=provider, amount=D(amount))
    parts = [part, *more]
    moment = paid_at or local("2026-11-20T10:00:00")
    return PaymentSucceeded(
        payment=payment_id or new_id(),
        at=moment,
        system="yookassa",
        channel="cabinet",
        currency=currency,
        total=sum((item.amount for item in parts), D(0)),
        paid_at=moment,
        parts=parts,
        person=person,
    )


@dataclass
class World:
    """Carries out handlers, each in a transaction of its own, and looks at what they left."""

    database: Database
    tools: BillingTools
    now: datetime = field(default_factory=lambda: local("2026-12-02T10:00:00"))
    meters: list[Meter] = field(default_factory=list)
    clock: datetime = field(default_factory=lambda: local("2020-01-01T00:00:00"))

    def call(self, tx: Any, subject: Subject = NOBODY) -> RequestContext:
        return RequestContext(tx, self.now, CallContext(), subject=subject)

    def do(self, handler: Callable[..., Any], *arguments: Any, subject: Subject = NOBODY) -> Any:
        """``handler(call, *arguments)``."""
        with self.database.transaction() as tx:
            return handler(self.call(tx, subject), *(typed(handler, one) for one in arguments))

    def ask(self, view: Callable[..., Any], *arguments: Any, subject: Subject = NOBODY) -> Any:
        """``view(call, *arguments)``, without writing."""
        with self.database.snapshot() as tx:
            return view(self.call(tx, subject), *(typed(view, one) for one in arguments))

    def open(self, *lines: str, provider: str = URAL, dry_run: bool = False) -> dict[str, Any]:
        """The supplier's file."""
        request = {"provider": provider, "csv": "\n".join([HEADER, *lines]), "dry_run": dry_run}
        report: dict[str, Any] = self.do(accounts.import_accounts, self.tools, request)
        return report

    def meter(self, number: str = "7400000001", **facts: Any) -> Meter:
        """A meter that metering knows."""
        self.meters.append(Meter(number, **facts))
        return self.meters[-1]

    def person(self, number: str = "7400000001", *scopes: str, provider: str = URAL) -> Subject:
        """Somebody who has the account in the cabinet."""
        person = new_id()
        with self.database.transaction() as tx:
            access.grant(tx, person, account_id(provider, number), list(scopes or ("see", "pay")), self.now)
        return Subject("person", person)

    # --- bill runs ------------------------------------------------------------------------------------------------

    def start(self, period: str, provider: str = URAL) -> dict[str, Any]:
        """Start a run, or take it up again."""
        run: dict[str, Any] = self.do(runs.start, self.tools, provider, period, subject=ACCOUNTANT)
        return run

    def next_page(self, size: int = 500) -> tuple[Any, list[str]]:
        """What a worker would take up now."""
        with self.database.snapshot() as tx:
            run = run_store.progress(tx, run_store.unfinished_runs(tx)[0])
            assert run is not None
            page = run_store.next_accounts(tx, run["provider"], run["period"], run["cursor"], size)
        return run, page

    def quantities(self, period: str, page: list[str]) -> list[dict[str, Any]]:
        """As metering answers."""
        return [row for meter in self.meters for row in meter.rows(period) if row["account"] in page]

    def issue(self, run: Any, page: list[str]) -> int:
        """One page."""
        rows = self.quantities(run["period"], page)
        rules = self.tools.rules[run["provider"]]
        issued: int = self.do(runs.issue_page, rules, dict(run), page, rows)
        return issued

    def forget_bills(self) -> None:
        """Another try in the same world: what only an owner of the tables can do."""
        tables = ("recalculation", "charge_line", "bill_in_force", "bill_withdrawal", "bill", "bill_run")
        with self.database.transaction() as tx:
            tx.run("set local session_replication_role = replica")
            for table in tables:
                tx.run(f"delete from {table}")

    def leave_out(self, period: str, provider: str = URAL) -> None:
        """A run of the period that bills nobody yet."""
        self.now = max(self.now, local(f"{next_period(period)}-02T10:00:00"))
        run = self.start(period, provider)["run"]
        with self.database.snapshot() as tx:
            standing = run_store.progress(tx, run)
        self.do(runs.finish, standing)

    def bill(self, *periods: str, provider: str = URAL, size: int = 500) -> None:
        """Whole runs of these periods, each on the 2nd of the month that follows; time never goes back."""
        for period in periods:
            self.now = self.clock = max(
                self.clock + timedelta(seconds=1), local(f"{next_period(period)}-02T10:00:00")
            )
            self.start(period, provider)
            while (step := self.next_page(size))[1]:
                self.issue(*step)
            self.do(runs.finish, step[0])

    # --- what they left -------------------------------------------------------------------------------------------

    def bills(self, number: str = "7400000001", provider: str = URAL) -> list[dict[str, Any]]:
        """Oldest first."""
        return self.rows(
            """select id::text as bill, period, opening, paid, charged, closing, due_on, issued_at from bill
               where account = cast(:account as uuid) order by issued_at, period""",
            account=account_id(provider, number),
        )

    def lines(
        self, period: str, number: str = "7400000001", provider: str = URAL
    ) -> list[tuple[str, str, Decimal, Decimal]]:
        """(kind, zone, consumption, amount) of the bill of a period."""
        [found] = [row["bill"] for row in self.bills(number, provider) if row["period"] == period]
        with self.database.snapshot() as tx:
            return [
                (row["kind"], row["zone"], row["consumption"], row["amount"])
                for row in bills.lines(tx, found)
            ]

    def used(self, number: str = "7400000001", provider: str = URAL) -> Decimal:
        """Everything charged so far, in units."""
        [row] = self.rows(
            """select coalesce(sum(consumption), 0) as used from charge_line
               where account = cast(:account as uuid) and component <> 'heat'""",
            account=account_id(provider, number),
        )
        return D(row["used"])

    def balance(self, number: str = "7400000001", provider: str = URAL) -> Decimal:
        """Positive for a debt."""
        with self.database.snapshot() as tx:
            row = account_store.account(tx, account_id(provider, number))
            assert row is not None
            return D(row["balance"])

    def pay(self, number: str = "7400000001", amount: str = "100", **more: Any) -> PaymentSucceeded:
        """A payment reaches the ledger."""
        event = payment(number, amount, **more)
        self.do(payments.post_payment, event)
        return event

    def check_ledger(self) -> None:
        """Zero per provider and currency."""
        totals = self.ask(views.books)["totals"]
        assert totals and all(row["total"] == 0 for row in totals)

    def check_books(self) -> None:
        """The same, and each bill follows from the one before."""
        self.check_ledger()
        before: dict[str, Decimal] = {}
        for row in self.rows("select * from bill order by account, issued_at, period"):
            assert row["opening"] == before.get(row["account"], D(0))
            assert row["closing"] == row["opening"] - row["paid"] + row["charged"]
            before[row["account"]] = row["closing"]

    def announced(self, name: str) -> list[dict[str, Any]]:
        """Events that wait in the outbox."""
        return [
            json.loads(row["body"])
            for row in self.rows("select body from outbox where routing_key = :name order by id", name=name)
        ]

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.database.snapshot() as tx:
            return tx.rows(sql, **parameters)
