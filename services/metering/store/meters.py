"""Meters and their registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from chassis.transaction import Transaction
from contracts.zones import direction_of

Row = Mapping[str, Any]

COLUMNS = """m.id::text, m.provider, m.account::text, m.account_number, m.serial, m.resource, m.model, m.unit, m.zones,
    m.digits, m.decimals, m.ratio, m.automated, m.installed_on, m.removed_on, m.verified_on, m.next_verification_on,
    m.replaces::text"""


def matches_proof(tx: Transaction, account: str, serial: str) -> bool:
    """True if a meter in place on the account has the serial."""
    return (
        tx.value(
            """select 1 from meter where account = cast(:account as uuid) and serial = :serial
               and removed_on is null""",
            account=account,
            serial=serial,
        )
        is not None
    )


def meter(tx: Transaction, meter_id: str, *, lock: bool = False) -> Row | None:
    """A meter by id."""
    locking = " for update" if lock else ""
    return tx.row(f"select {COLUMNS} from meter m where m.id = cast(:id as uuid){locking}", id=meter_id)


def registers(tx: Transaction, meters: list[str]) -> list[Row]:
    """Registers of meters: (meter, code, zone, direction)."""
    return tx.rows(
        """select meter::text, code, zone, direction from register where meter = any(cast(:meters as uuid[]))
           order by meter, code""",
        meters=meters,
    )


def lock_in_place(tx: Transaction, provider: str, serials: list[str]) -> dict[str, Row]:
    """The provider's meters in place by serial, locked in the order that all lock them in."""
    rows = tx.rows(
        f"""select {COLUMNS} from meter m where m.provider = :provider and m.serial = any(:serials)
            and m.removed_on is null order by m.id for update""",
        provider=provider,
        serials=serials,
    )
    return {row["serial"]: row for row in rows}


def with_serials(tx: Transaction, provider: str, serials: list[str]) -> dict[str, list[Row]]:
    """By serial: the provider's meters, in place or ``removed``, as (account, installed_on, removed)."""
    found: dict[str, list[Row]] = {}
    for row in tx.rows(
        """select serial, account::text, installed_on, removed_on is not null as removed from meter
           where provider = :provider and serial = any(:serials)""",
        provider=provider,
        serials=serials,
    ):
        found.setdefault(row["serial"], []).append(row)
    return found


def history(tx: Transaction, account: str) -> list[Row]:
    """Every meter that an account has or had, newest first, with the one that took its place."""
    return tx.rows(
        f"""select {COLUMNS}, (select n.id::text from meter n where n.replaces = m.id limit 1) as replaced_by
            from meter m where m.account = cast(:account as uuid) order by m.installed_on desc, m.id desc""",
        account=account,
    )


def remove(tx: Transaction, rows: Sequence[tuple[str, date]]) -> None:
    """(meter, day) each: out of place from that day on."""
    tx.run(
        """update meter m set removed_on = gone.day
           from unnest(cast(:meters as uuid[]), cast(:days as date[])) as gone(meter, day) where m.id = gone.meter""",
        meters=[row[0] for row in rows],
        days=[row[1] for row in rows],
    )


def set_verification(tx: Transaction, meter_id: str, verified_on: date, next_on: date) -> None:
    """The passport's dates after a verification."""
    tx.run(
        """update meter set verified_on = :verified_on, next_verification_on = :next_on
           where id = cast(:id as uuid)""",
        id=meter_id,
        verified_on=verified_on,
        next_on=next_on,
    )


def notice_verifications(
    tx: Transaction, provider: str, today: date, days_ahead: int, limit: int, now: datetime
) -> list[Row]:
    """Meters in place whose verification is due within so many days, each once, marked as told."""
    return tx.rows(
        """with due as (
               select m.id, m.account, m.serial, m.resource, m.next_verification_on from meter m
               where m.provider = :provider and m.removed_on is null
                 and m.next_verification_on >= :today
                 and m.next_verification_on <= cast(:today as date) + cast(:ahead as int)
                 and not exists (select 1 from verification_notice n where n.meter = m.id
                                 and n.due_on = m.next_verification_on and n.days_ahead <= :ahead)
               order by m.next_verification_on, m.id limit :limit),
           told as (
               insert into verification_notice (meter, due_on, days_ahead, told_at)
               select id, next_verification_on, :ahead, :now from due on conflict do nothing
               returning meter, due_on)
           select due.id::text as meter, due.account::text, due.serial, due.resource, told.due_on
           from told join due on due.id = told.meter""",
        provider=provider,
        today=today,
        ahead=days_ahead,
        limit=limit,
        now=now,
    )


def of_accounts(tx: Transaction, accounts: list[str]) -> list[Row]:
    """Meters in place on accounts."""
    return tx.rows(
        f"""select {COLUMNS} from meter m where m.account = any(cast(:accounts as uuid[]))
            and m.removed_on is null order by m.account, m.resource, m.serial""",
        accounts=accounts,
    )


def add_meters(tx: Transaction, rows: list[dict[str, Any]]) -> list[str]:
    """Insert meters that are not there yet; the serials that were new."""
    names = (
        "id", "provider", "account", "account_number", "serial", "resource", "model", "unit", "zones", "digits",
        "decimals", "ratio", "automated", "installed_on", "verified_on", "next_verification_on", "replaces",
    )  # fmt: skip
    columns = {name: [row[name] for row in rows] for name in names}
    added = tx.rows(
        """insert into meter (id, provider, account, account_number, serial, resource, model, unit, zones, digits,
                              decimals, ratio, automated, installed_on, verified_on, next_verification_on,
                              replaces)
           select * from unnest(cast(:id as uuid[]), cast(:provider as text[]), cast(:account as uuid[]),
               cast(:account_number as text[]), cast(:serial as text[]), cast(:resource as text[]),
               cast(:model as text[]), cast(:unit as text[]), cast(:zones as smallint[]),
               cast(:digits as smallint[]), cast(:decimals as smallint[]), cast(:ratio as numeric[]),
               cast(:automated as boolean[]), cast(:installed_on as date[]), cast(:verified_on as date[]),
               cast(:next_verification_on as date[]), cast(:replaces as uuid[]))
           on conflict do nothing returning id::text""",
        **columns,
    )
    return [row["id"] for row in added]


def add_registers(tx: Transaction, rows: list[tuple[str, str, str]]) -> None:
    """(meter, code, zone) each."""
    tx.run(
        """insert into register (meter, code, zone, direction)
           select * from unnest(cast(:meters as uuid[]), cast(:codes as text[]), cast(:zones as text[]),
                                cast(:directions as text[]))
           on conflict do nothing""",
        meters=[row[0] for row in rows],
        codes=[row[1] for row in rows],
        zones=[row[2] for row in rows],
        directions=[direction_of(row[2]) for row in rows],
    )
