"""Meters and their registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]

COLUMNS = """m.id::text, m.provider, m.account::text, m.account_number, m.serial, m.resource, m.model, m.unit, m.zones,
    m.digits, m.decimals, m.ratio, m.automated, m.installed_on, m.removed_on, m.next_verification_on"""


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
    """Registers of meters: (meter, code, zone)."""
    return tx.rows(
        """select meter::text, code, zone from register where meter = any(cast(:meters as uuid[]))
           order by meter, code""",
        meters=meters,
    )


def of_accounts(tx: Transaction, accounts: list[str]) -> list[Row]:
    """Meters in place on accounts."""
    return tx.rows(
        f"""select {COLUMNS} from meter m where m.account = any(cast(:accounts as uuid[]))
            and m.removed_on is null order by m.account, m.resource, m.serial""",
        accounts=accounts,
    )


def by_serials(tx: Transaction, providers: list[str], serials: list[str]) -> list[Row]:
    """Meters in place by (provider, serial) pairs, with their registers as {code: zone}."""
    return tx.rows(
        """select m.id::text, m.provider, m.serial, m.account::text, m.digits, m.decimals,
                  (select jsonb_object_agg(r.code, r.zone) from register r where r.meter = m.id) as registers
           from meter m join unnest(cast(:providers as text[]), cast(:serials as text[])) as asked(provider, serial)
             on m.provider = asked.provider and m.serial = asked.serial
           where m.removed_on is null""",
        providers=providers,
        serials=serials,
    )


def add_meters(tx: Transaction, rows: list[dict[str, Any]]) -> list[str]:
    """Insert meters that are not there yet; the serials that were new."""
    names = (
        "id", "provider", "account", "account_number", "serial", "resource", "model", "unit", "zones", "digits",
        "decimals", "ratio", "automated", "installed_on", "next_verification_on",
    )  # fmt: skip
    columns = {name: [row[name] for row in rows] for name in names}
    added = tx.rows(
        """insert into meter (id, provider, account, account_number, serial, resource, model, unit, zones, digits,
                              decimals, ratio, automated, installed_on, next_verification_on)
           select * from unnest(cast(:id as uuid[]), cast(:provider as text[]), cast(:account as uuid[]),
               cast(:account_number as text[]), cast(:serial as text[]), cast(:resource as text[]),
               cast(:model as text[]), cast(:unit as text[]), cast(:zones as smallint[]),
               cast(:digits as smallint[]), cast(:decimals as smallint[]), cast(:ratio as numeric[]),
               cast(:automated as boolean[]), cast(:installed_on as date[]),
               cast(:next_verification_on as date[]))
           on conflict do nothing returning id::text""",
        **columns,
    )
    return [row["id"] for row in added]


def add_registers(tx: Transaction, rows: list[tuple[str, str, str]]) -> None:
    """(meter, code, zone) each."""
    tx.run(
        """insert into register (meter, code, zone)
           select * from unnest(cast(:meters as uuid[]), cast(:codes as text[]), cast(:zones as text[]))
           on conflict do nothing""",
        meters=[row[0] for row in rows],
        codes=[row[1] for row in rows],
        zones=[row[2] for row in rows],
    )
