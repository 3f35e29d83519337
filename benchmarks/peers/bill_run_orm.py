"""The bill run with SQLAlchemy's ORM, written well: a thousand accounts are loaded with a query a table, charged by
the same domain rules, and written by the unit of work; a commit each thousand."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session

from benchmarks import support
from benchmarks.peers.bill_run_world import CONFIG, PERIOD, PROVIDER
from chassis.database import psycopg2_url
from chassis.outbox import outbox_row
from contracts.events.billing import BillIssued
from contracts.identifiers import new_id
from services.billing.configuration import ProviderRules, billing_tools
from services.billing.domain.billing import AccountFacts, charge_account
from services.billing.domain.charges import ChargeLine, Quantity
from services.billing.domain.deadlines import deadlines
from services.billing.domain.history import Used
from services.billing.domain.ledger import charge_transfers

AT_ONCE: Final = 1_000


def classes(engine: Engine) -> Any:
    """A class for each table."""
    base: Any = automap_base()
    # Columns are called like the tables that they refer to, and some tables refer to one in two ways.
    base.prepare(
        autoload_with=engine,
        name_for_scalar_relationship=lambda base, here, there, key: f"its_{there.__name__}_{key.name}",
        name_for_collection_relationship=lambda base, here, there, key: f"all_{there.__name__}_{key.name}",
    )
    return base.classes


def grouped(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    """By a column."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


class Run:
    """One thousand after the other."""

    def __init__(
        self, billing: Session, metering: Session, tables: Any, meters: Any, rules: ProviderRules
    ) -> None:
        self._billing, self._metering = billing, metering
        self._tables, self._meters = tables, meters
        self._rules = rules
        self._now = datetime.now(UTC)
        self._run = tables.bill_run(
            id=UUID(new_id()),
            provider=PROVIDER,
            period=PERIOD,
            state="running",
            started_at=self._now,
            accounts=0,
        )
        self._run.bills, self._run.charged = 0, Decimal(0)
        billing.add(self._run)

    def chunk(self, after: Any, limit: int) -> Any:
        """Bill so many accounts; the last of them."""
        tables, db = self._tables, self._billing
        query = select(tables.account).order_by(tables.account.id).limit(limit)
        accounts = db.scalars(query if after is None else query.where(tables.account.id > after)).all()
        ids = [account.id for account in accounts]
        line = tables.charge_line
        balances = {b.account: b for b in self._of(db, tables.balance, tables.balance.account, ids)}
        bills = grouped(self._of(db, tables.bill, tables.bill.account, ids), "account")
        lines = grouped(self._of(db, line, line.account, ids), "account")
        quantities = self._quantities(ids)
        for account in accounts:
            earlier = sorted(bills.get(account.id, ()), key=lambda bill: bill.period)
            self._bill(
                account, balances[account.id], earlier, lines.get(account.id, []), quantities[account.id]
            )
        db.commit()
        self._metering.rollback()
        return ids[-1]

    def _of(self, session: Session, table: Any, column: Any, ids: list[Any]) -> Any:
        return session.scalars(select(table).where(column.in_(ids))).all()

    def _quantities(self, ids: list[Any]) -> dict[Any, list[tuple[Any, Any, Any, Any]]]:
        """By account: (meter, register, opening, closing)."""
        db, tables = self._metering, self._meters
        meters = self._of(db, tables.meter, tables.meter.account, ids)
        owned = [meter.id for meter in meters]
        registers = grouped(self._of(db, tables.register, tables.register.meter, owned), "meter")
        readings = defaultdict(list)
        for one in self._of(db, tables.register_reading, tables.register_reading.meter, owned):
            if one.superseded_at is None and one.period <= PERIOD:
                readings[one.meter, one.register].append(one)
        found = defaultdict(list)
        for meter in meters:
            for register in registers[meter.id]:
                known = sorted(readings[meter.id, register.code], key=lambda one: (one.period, one.at))
                closing = known.pop() if known and known[-1].period == PERIOD else None
                found[meter.account].append((meter, register, known[-1] if known else None, closing))
        return found

    def _bill(
        self, account: Any, balance: Any, bills: list[Any], history: list[Any], registers: list[Any]
    ) -> None:
        used = [
            Quantity(
                resource=meter.resource,
                unit=meter.unit,
                zone=register.zone,
                consumption=(closing.value - opening.value) * meter.ratio,
                serial=meter.serial,
                register=register.code,
                opening=opening.value,
                opening_at=opening.at,
                closing=closing.value,
                closing_at=closing.at,
                source=closing.source,
            )
            for meter, register, opening, closing in registers
            if opening is not None and closing is not None
        ]
        facts = AccountFacts(
            tariffs=[self._rules.tariffs[name] for name in account.tariffs],
            people=account.people,
            area=account.area,
            norms=self._rules.norms,
            zones={"electricity": [register.zone for _, register, _, _ in registers]},
            quantities=used,
            history=_history(history),
            open_estimates=[],
        )
        lines, _ = charge_account(facts, PERIOD)
        self._write(account, balance, bills[-1].closing if bills else Decimal(0), lines)

    def _write(self, account: Any, balance: Any, opening: Decimal, lines: list[ChargeLine]) -> None:
        tables, db, now = self._tables, self._billing, self._now
        due_on, early_until = deadlines(self._rules.deadlines, PERIOD)
        charged = sum((line.amount for line in lines), Decimal(0))
        facts = {
            "provider": account.provider,
            "period": PERIOD,
            "number": f"{account.number}-{PERIOD}",
            "currency": account.currency,
            "charged": charged,
            "due_on": due_on,
            "early_until": early_until,
        }
        bill = tables.bill(
            id=UUID(new_id()),
            revision=1,
            run=self._run.id,
            account=account.id,
            opening=opening,
            paid=opening - balance.amount,
            closing=balance.amount + charged,
            issued_at=now,
            **facts,
        )
        db.add(bill)
        for ordinal, line in enumerate(lines, start=1):
            db.add(
                tables.charge_line(
                    bill=bill.id, ordinal=ordinal, account=account.id, period=PERIOD, **vars(line)
                )
            )
        for transfer in charge_transfers(account.id, bill.id, lines, now):
            db.add(
                tables.transfer(
                    provider=account.provider, currency=account.currency, posted_at=now, **vars(transfer)
                )
            )
        balance.amount += charged
        event = BillIssued(
            account=str(account.id),
            at=now,
            bill=str(bill.id),
            account_number=account.number,
            to_pay=bill.closing,
            **facts,
        )
        db.add(tables.outbox(**outbox_row(event)._asdict()))
        self._run.bills += 1
        self._run.charged += charged


def _history(lines: list[Any]) -> dict[tuple[str, str], list[Used]]:
    found: dict[tuple[str, str], list[Used]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.period, reverse=True):
        if line.kind == "actual" and len(found[line.resource, line.zone]) < 6:
            found[line.resource, line.zone].append(Used(line.period, 1, line.consumption))
    return found


def main(billing: str, metering: str, accounts: int) -> None:
    """Bill the first so many accounts."""
    rules = billing_tools(CONFIG).rules[PROVIDER]
    engines = [create_engine(psycopg2_url(url)) for url in (billing, metering)]
    tables, meters = map(classes, engines)
    began = time.perf_counter()
    with Session(engines[0]) as ours, Session(engines[1]) as theirs:
        run = Run(ours, theirs, tables, meters, rules)
        after, done = None, 0
        while done < accounts:
            after = run.chunk(after, min(AT_ONCE, accounts - done))
            done += AT_ONCE
    support.report(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main(**support.arguments())
