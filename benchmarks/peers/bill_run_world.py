"""Accounts with two-zone meters and their readings, and what their bills must come to by plain computation."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from benchmarks.scratch import Scratch
from deploy.local.names import ROOT

PROVIDER: Final = "uralenergosbyt"
PERIOD: Final = "2026-10"
CONFIG: Final = {"providers_dir": str(ROOT / "providers")}
TARIFF: Final = "electricity-2"
# Every so many accounts sent no reading: their bills are estimates.
SILENT: Final = 50
CENT, MILLI = Decimal("0.01"), Decimal("0.001")

# Ids are as random as derived ones (UUID 5) are, and the same in both databases.
ACCOUNT = "md5('account/' || n)::uuid"
METER = "md5('meter/' || n)::uuid"
USED = "case register when '1.8.1' then 100.4 + n %% 200 else 40.7 + n %% 90 end"
REGISTERS = "(values ('1.8.1', 'day'), ('1.8.2', 'night')) r(register, zone)"
OPENED_AT, CLOSED_AT = "timestamptz '2026-09-22 07:00Z'", "timestamptz '2026-10-22 07:00Z'"

METERING: Final = [
    f"""insert into meter (id, provider, account, account_number, serial, resource, unit, zones, digits, decimals,
            installed_on)
        select {METER}, %(provider)s, {ACCOUNT}, lpad(n::text, 10, '0'), 'S' || n, 'electricity', 'kWh', 2, 6, 1,
            date '2024-01-01'
        from generate_series(1, %(accounts)s) n""",
    f"""insert into register (meter, code, zone)
        select {METER}, register, zone from generate_series(1, %(accounts)s) n, {REGISTERS}""",
    f"""insert into register_reading (meter, register, at, version, value, period, source, received_at)
        select {METER}, register, {OPENED_AT}, 1, 5000 + n %% 9000, '2026-09', 'web', {OPENED_AT}
        from generate_series(1, %(accounts)s) n, {REGISTERS}""",
    f"""insert into register_reading (meter, register, at, version, value, period, source, received_at)
        select {METER}, register, {CLOSED_AT}, 1, 5000 + n %% 9000 + {USED}, %(period)s, 'web', {CLOSED_AT}
        from generate_series(1, %(accounts)s) n, {REGISTERS} where n %% %(silent)s <> 0""",
]

MONTH = "to_char(date '2026-10-01' - k * interval '1 month', 'YYYY-MM')"
BILLING: Final = [
    f"""insert into account (id, provider, number, holder, address, people, area, tariffs, delivery, currency,
            opened_on)
        select {ACCOUNT}, %(provider)s, lpad(n::text, 10, '0'), 'Holder ' || n, 'Street, ' || n, 1 + n %% 5,
            30 + n %% 70, array[%(tariff)s], case n %% 3 when 0 then 'email' else 'paper' end, 'RUB', date '2024-01-01'
        from generate_series(1, %(accounts)s) n""",
    "insert into balance (account, currency, amount) select id, currency, 0 from account",
    # Earlier bills, all paid, whose lines end where the period's opening readings are.
    f"""insert into bill_run (id, provider, period, state, started_at, accounts)
        select md5('run/' || k)::uuid, %(provider)s, {MONTH}, 'done', now(), %(accounts)s
        from generate_series(1, %(months)s) k""",
    f"""insert into bill (id, run, account, provider, period, number, currency, opening, paid, charged, closing,
            due_on, issued_at)
        select md5('bill/' || k || '/' || n)::uuid, md5('run/' || k)::uuid, {ACCOUNT}, %(provider)s, {MONTH},
            lpad(n::text, 10, '0') || k, 'RUB', 500, 500, 500, 500, date '2026-10-15' - k * interval '1 month',
            timestamptz '2026-10-02 05:00Z' - k * interval '1 month'
        from generate_series(%(months)s, 1, -1) k, generate_series(1, %(accounts)s) n""",
    f"""insert into charge_line (bill, ordinal, account, period, kind, resource, component, zone, unit, serial,
            register, opening, closing, opening_at, closing_at, source, consumption, price, amount, vat_rate, vat,
            rule)
        select md5('bill/' || k || '/' || n)::uuid, case register when '1.8.1' then 1 else 2 end, {ACCOUNT}, {MONTH},
            'actual', 'electricity', 'electricity', zone, 'kWh', 'S' || n, register,
            5000 + n %% 9000 - k * ({USED}), 5000 + n %% 9000 - (k - 1) * ({USED}),
            {OPENED_AT} - k * interval '1 month', {OPENED_AT} - (k - 1) * interval '1 month', 'web',
            {USED}, 5, 250, 22, 45.08, 'history'
        from generate_series(%(months)s, 1, -1) k, generate_series(1, %(accounts)s) n, {REGISTERS}""",
]

READINGS = """
select m.account::text, a.zone, opening.value, closing.value
from meter m join register a on a.meter = m.id
join register_reading opening on opening.meter = m.id and opening.register = a.code and opening.period < %s
left join register_reading closing on closing.meter = m.id and closing.register = a.code and closing.period = %s
order by m.account, a.zone
"""
BILLS = """
select b.account::text, a.people, b.charged, b.closing, t.amount, l.amount, l.vat, x.net, x.vat, b.id::text
from account a left join bill b on b.account = a.id and b.period = %s left join balance t on t.account = a.id
left join lateral (select sum(amount) as amount, sum(vat) as vat from charge_line where bill = b.id) l on true
left join lateral (select sum(amount) filter (where credit = 'revenue:electricity') as net,
                          sum(amount) filter (where credit = 'vat') as vat
                   from transfer where account = a.id) x on true
order by a.id
"""
HISTORY = """
select zone, consumption from charge_line where account = %s::uuid and period < %s order by zone, period desc
"""


def fill(scratch: Scratch, accounts: int, months: int) -> tuple[str, str]:
    """Names of the billing and the metering database."""
    given: dict[str, Any] = {
        "provider": PROVIDER,
        "tariff": TARIFF,
        "accounts": accounts,
        "months": months,
        "period": PERIOD,
        "silent": SILENT,
    }
    billing, metering = scratch.make("billing"), scratch.make("metering")
    scratch.run(billing, BILLING, **given)
    scratch.run(metering, METERING, **given)
    return billing, metering


def check(
    scratch: Scratch, billing: str, metering: str, prices: dict[str, Decimal], vat: Decimal, norm: Decimal
) -> Decimal:
    """Hold every account's bill, lines, transfers and balance against plain arithmetic; what all were charged."""
    total = Decimal(0)
    used = _readings(scratch, metering)
    for row in scratch.stream(billing, BILLS, PERIOD):
        account, people, charged, closing, balance, of_lines, vat_of_lines, net, vat_posted, bill = row
        owner, zones = next(used)
        if owner != account:
            raise AssertionError(f"no bill, or no meter: {account}, {owner}")
        if None in zones.values():
            zones = _estimate(scratch, billing, account, norm * people)
        amounts = [_cents(zones[zone] * prices[zone]) for zone in zones]
        vats = [_cents(amount * vat / (100 + vat)) for amount in amounts]
        found = (charged, of_lines, vat_of_lines, net + vat_posted, vat_posted, balance, closing)
        wanted = (sum(amounts), sum(amounts), sum(vats), sum(amounts), sum(vats), sum(amounts), sum(amounts))
        if found != wanted:
            raise AssertionError(f"bill {bill}: {found}, and by plain computation {wanted}")
        total += charged
    [(bills, by_run)] = scratch.ask(billing, "select bills, charged from bill_run where period = %s", PERIOD)
    [(waiting,)] = scratch.ask(billing, "select count(*) from outbox where routing_key = 'bill_issued'")
    [(there,)] = scratch.ask(billing, "select count(*) from account")
    if (bills, by_run, waiting) != (there, total, there):
        raise AssertionError(
            f"the run says {bills} bills, {by_run}, {waiting} events; {there} accounts, {total}"
        )
    return total


def _readings(scratch: Scratch, metering: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """By account, in order: zone -> units, None without a closing reading."""
    owner = ""
    zones: dict[str, Any] = {}
    for account, zone, opening, closing in scratch.stream(metering, READINGS, PERIOD, PERIOD):
        if account != owner:
            if owner:
                yield owner, zones
            owner, zones = account, {}
        zones[zone] = None if closing is None else closing - opening
    yield owner, zones


def _estimate(scratch: Scratch, billing: str, account: str, norm: Decimal) -> dict[str, Decimal]:
    """Of at most six periods the average, if there were three; else the norm."""
    history: dict[str, list[Decimal]] = {"day": [], "night": []}
    for zone, consumption in scratch.ask(billing, HISTORY, account, PERIOD):
        history[zone].append(consumption)
    if len(history["day"]) < 3:
        return {zone: (norm / 2).quantize(MILLI) for zone in history}
    return {
        zone: (sum(last[:6], Decimal(0)) / len(last[:6])).quantize(MILLI) for zone, last in history.items()
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
