"""Readings that wait for a confirmation (MT-4): the newest of each meter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def keep(
    tx: Transaction,
    reading: str,
    *,
    meter: str,
    account: str,
    period: str,
    in_time: bool,
    source: str,
    taken_at: datetime,
    sent_at: datetime,
    person: str | None,
    values: dict[str, Decimal],
    jumps: list[str],
) -> None:
    """In the place of whatever waited of the meter before."""
    tx.run(
        """insert into unconfirmed (meter, id, account, period, in_time, source, taken_at, sent_at, person, "values",
                                    jumps)
           values (cast(:meter as uuid), cast(:id as uuid), cast(:account as uuid), :period, :in_time, :source,
                   :taken_at, :sent_at, cast(:person as uuid), cast(:values as jsonb), :jumps)
           on conflict (meter) do update set id = excluded.id, account = excluded.account, period = excluded.period,
               in_time = excluded.in_time, source = excluded.source, taken_at = excluded.taken_at,
               sent_at = excluded.sent_at, person = excluded.person, "values" = excluded."values",
               jumps = excluded.jumps, reminded_at = null""",
        id=reading,
        meter=meter,
        account=account,
        period=period,
        in_time=in_time,
        source=source,
        taken_at=taken_at,
        sent_at=sent_at,
        person=person,
        values=msgspec.json.encode(values).decode(),
        jumps=jumps,
    )


def find(tx: Transaction, reading: str, since: datetime) -> Row | None:
    """By id, if it was sent after ``since``."""
    return tx.row(
        """select id::text, meter::text, account::text, period, in_time, source, taken_at, sent_at, person::text,
                  "values", jumps
           from unconfirmed where id = cast(:id as uuid) and sent_at >= :since""",
        id=reading,
        since=since,
    )


def of_meters(tx: Transaction, meters: list[str], since: datetime) -> dict[str, Row]:
    """By meter."""
    rows = tx.rows(
        """select id::text as reading, meter::text, period, taken_at, sent_at, "values", jumps
           from unconfirmed where meter = any(cast(:meters as uuid[])) and sent_at >= :since""",
        meters=meters,
        since=since,
    )
    return {row["meter"]: row for row in rows}


def drop(tx: Transaction, meters: list[str]) -> None:
    """A reading of these meters was taken: what waited is of no use."""
    tx.run("delete from unconfirmed where meter = any(cast(:meters as uuid[]))", meters=meters)


_TOLD = """u.id::text as reading, u.meter::text, u.account::text, u.person::text, u.period, u.sent_at, m.provider,
    m.serial, m.resource"""


def take_fading(tx: Transaction, before: datetime, at: datetime, most: int) -> list[Row]:
    """Those sent before a moment that nobody was reminded of yet, marked as told."""
    return tx.rows(
        f"""with chosen as (
                select meter from unconfirmed where sent_at < :before and reminded_at is null
                order by sent_at limit :most for update skip locked)
            update unconfirmed u set reminded_at = :at from chosen c, meter m
            where u.meter = c.meter and m.id = u.meter returning {_TOLD}""",
        before=before,
        at=at,
        most=most,
    )


def take_lapsed(tx: Transaction, before: datetime, most: int) -> list[Row]:
    """Those sent before a moment: they are not there any more, and whoever sent them is to be told."""
    return tx.rows(
        f"""with chosen as (
                select meter from unconfirmed where sent_at < :before
                order by sent_at limit :most for update skip locked)
            delete from unconfirmed u using chosen c, meter m
            where u.meter = c.meter and m.id = u.meter returning {_TOLD}""",
        before=before,
        most=most,
    )
