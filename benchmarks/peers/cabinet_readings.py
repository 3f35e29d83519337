"""Sending a reading as one plain program would take it: one transaction on metering's tables, then the price from
billing's. The rules are the project's own; nothing is announced to anybody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

from chassis.clock import local_day
from contracts.periods import previous_period
from contracts.wording import word
from services.billing.domain.charges import Quantity, charge
from services.metering.domain.registers import MeterFace, RegisterState, assess

KEY = "insert into idempotency (subject, key, fingerprint, created_at) values ($1, $2, '', $3) on conflict do nothing"
METER = """
select m.id::text as meter, m.account::text, m.provider, m.serial, m.resource, m.unit, m.digits, m.decimals, m.ratio
from meter m where m.id = $1 and m.removed_on is null and m.account in (
    select account from access where person = $2 and revoked_at is null and (until is null or until > $3)
    and scopes && '{readings}') for update"""
AROUND = """
select g.code as register, g.zone, before.value as previous, before.at as previous_at, following.value as following
from register g
left join lateral (select value, at from register_reading r
    where r.meter = g.meter and r.register = g.code and r.superseded_at is null and r.period < $2
    order by period desc, at desc limit 1) before on true
left join lateral (select value from register_reading r
    where r.meter = g.meter and r.register = g.code and r.superseded_at is null and r.period > $2
    order by period, at limit 1) following on true
where g.meter = $1"""
SUPERSEDE = """
update register_reading set superseded_at = $3
where meter = $1 and period = $2 and superseded_at is null and submission is not null and source <> 'control'"""
SUBMISSION = """
insert into submission (id, meter, account, period, taken_at, source, in_time, person, created_at)
values ($1, $2, $3, $4, $5, 'cabinet', $6, $7, $5)"""
READING = """
insert into register_reading
    (meter, register, at, version, value, period, source, quality, submission, received_at)
values ($1, $2, $3, 1, $4, $5, 'cabinet', 17, $6, $3)"""
ANSWERED = "update idempotency set response = $3 where subject = $1 and key = $2"
ACCOUNT = """
select a.currency, a.provider, a.tariffs, b.amount as balance from account a join balance b on b.account = a.id
where a.id = $1 and exists (select from access where account = a.id and person = $2 and revoked_at is null
                            and (until is null or until > $3) and scopes && '{see}')"""
BILLED = """
select distinct on (l.serial, l.register) l.register, coalesce(l.closing, l.opening) as value
from charge_line l join bill_in_force f on f.bill = l.bill
where l.account = $1 and l.register is not null and coalesce(l.closing, l.opening) is not null and l.period < $2
  and exists (select from bill_in_force p where p.account = l.account and p.period = $3)
order by l.serial, l.register, l.period desc, l.ordinal"""
ESTIMATED = """
select exists (select from charge_line l join bill_in_force f on f.bill = l.bill
               where l.account = $1 and l.kind in ('average', 'norm') and l.period < $2)"""


async def take(
    pools: dict[str, asyncpg.Pool],
    metering: Any,
    billing: Any,
    person: str,
    meter: str,
    key: str,
    body: dict[str, Any],
) -> dict[str, Any]:
    """The answer of the gateway, for values that break no rule and are not unusual."""
    now = datetime.now(UTC)
    values = {register: Decimal(str(value)) for register, value in body["values"].items()}
    async with pools["metering"].acquire() as connection, connection.transaction():
        if await connection.execute(KEY, person, key, now) != "INSERT 0 1":
            raise RuntimeError("in flight")
        accepted = await _store(connection, metering, person, meter, values, now)
        await connection.execute(ANSWERED, person, key, orjson.dumps(accepted, default=str).decode())
    async with pools["billing"].acquire() as connection:
        accepted["preliminary"] = await _price(connection, billing, person, accepted, now)
    return {**accepted, "preliminary_missing": None}


async def _store(
    connection: asyncpg.Connection,
    tools: Any,
    person: str,
    meter: str,
    values: dict[str, Decimal],
    now: datetime,
) -> dict[str, Any]:
    row = await connection.fetchrow(METER, meter, person, now)
    zone, window = tools.core[row["provider"]].zone, tools.profiles[row["provider"]].days
    placed = window.assign(local_day(now, zone))
    known = {
        one["register"]: RegisterState(
            one["register"],
            one["zone"],
            one["previous"],
            days=max((local_day(now, zone) - local_day(one["previous_at"], zone)).days, 1),
            following=one["following"],
            control=None,
        )
        for one in await connection.fetch(AROUND, meter, placed.period)
    }
    face = MeterFace(row["digits"], row["decimals"], row["ratio"])
    assessed = assess(face, known, values, tools.profiles[row["provider"]].jump(row["resource"]))
    corrected = await connection.execute(SUPERSEDE, meter, placed.period, now)
    reading = str(uuid.uuid4())
    await connection.execute(
        SUBMISSION, reading, meter, row["account"], placed.period, now, placed.in_time, person
    )
    for one in assessed:
        await connection.execute(READING, meter, one.register, now, one.value, placed.period, reading)
    shown = {name: row[name] for name in ("account", "meter", "serial", "resource", "unit")}
    return {
        "reading": reading,
        **shown,
        "period": placed.period,
        "in_time": placed.in_time,
        "kept": placed.kept,
        "message": "kept_for_next_window" if placed.kept else "reading_taken",
        "taken_at": now,
        "source": "cabinet",
        "source_name": word("en", "source", "cabinet"),
        "corrects_earlier": corrected != "UPDATE 0",
        "values": [
            {name: getattr(one, name) for name in ("register", "zone", "value", "previous", "consumption")}
            for one in assessed
        ],
    }


async def _price(
    connection: asyncpg.Connection, tools: Any, person: str, accepted: dict[str, Any], now: datetime
) -> dict[str, Any]:
    account, period = accepted["account"], accepted["period"]
    row = await connection.fetchrow(ACCOUNT, account, person, now)
    billed = await connection.fetch(BILLED, account, period, previous_period(period))
    if billed or await connection.fetchval(ESTIMATED, account, period):
        raise RuntimeError("these accounts have no bills")
    tariffs = tools.rules[row["provider"]].tariffs
    quantities = [
        Quantity(
            accepted["resource"],
            accepted["unit"],
            one["zone"],
            one["consumption"],
            serial=accepted["serial"],
            register=one["register"],
            opening=one["previous"],
            closing=one["value"],
            since=period,
        )
        for one in accepted["values"]
    ]
    lines = [
        line
        for name in row["tariffs"]
        if tariffs[name].resource == accepted["resource"]
        for line in charge(tariffs[name], period, quantities)
    ]
    total = sum((line.amount for line in lines), Decimal(0))
    names = (
        "resource", "component", "zone", "unit", "opening", "closing", "consumption", "price", "amount", "vat", "rule"
    )  # fmt: skip
    return {
        "account": account,
        "period": period,
        "currency": row["currency"],
        "lines": [
            {name: getattr(line, name) for name in names}
            | {"formula": f"{line.consumption.normalize():f} {line.unit} x {line.price.normalize():f}"}
            for line in lines
        ],
        "total": total,
        "balance": row["balance"],
        "to_pay": row["balance"] + total,
        "complete": len(quantities) == len(accepted["values"]),
    }
