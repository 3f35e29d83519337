"""What validation found in interval days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]


def replace(
    tx: Transaction, keys: Sequence[tuple[str, str, date]], rows: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """What was found in days (their keys) ends, ``rows`` take its place: the columns of finding."""
    if keys:
        tx.run(
            """update finding f set ended_at = :at
               from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]))
                    as asked(meter, channel, day)
               where f.meter = asked.meter and f.channel = asked.channel and f.day = asked.day
                 and f.ended_at is null""",
            meters=[key[0] for key in keys],
            channels=[key[1] for key in keys],
            days=[key[2] for key in keys],
            at=at,
        )
    insert_rows(
        tx,
        "finding",
        {
            "id": "uuid",
            "provider": "text",
            "meter": "uuid",
            "channel": "text",
            "day": "date",
            "rule": "text",
            "first": "smallint",
            "last": "smallint",
            "found": "bigint",
            "expected": "bigint",
            "found_at": "timestamptz",
        },
        rows,
    )


def listed(
    tx: Transaction,
    provider: str,
    *,
    rule: str | None,
    meter: str | None,
    serial: str | None,
    first: date | None,
    last: date | None,
    before: str | None,
    limit: int,
) -> list[Row]:
    """What is found and not ended, the newest first; ``before`` is the id of the last one seen."""
    return tx.rows(
        """select f.id::text as finding, f.meter::text, m.serial, m.account::text, m.resource, m.unit, f.channel, f.day,
                  f.rule, f.first, f.last, f.found, f.expected, f.found_at
           from finding f join meter m on m.id = f.meter
           where f.provider = :provider and f.ended_at is null
             and (cast(:rule as text) is null or f.rule = :rule)
             and (cast(:meter as uuid) is null or f.meter = cast(:meter as uuid))
             and (cast(:serial as text) is null or m.serial = :serial)
             and (cast(:first as date) is null or f.day >= :first)
             and (cast(:last as date) is null or f.day <= :last)
             and (cast(:before as uuid) is null or f.id < cast(:before as uuid))
           order by f.id desc limit :limit""",
        provider=provider,
        rule=rule,
        meter=meter,
        serial=serial,
        first=first,
        last=last,
        before=before,
        limit=limit,
    )


def of_day(tx: Transaction, meter: str, channel: str, day: date) -> list[Row]:
    """What is found in a day and not ended, in the order of its intervals."""
    return tx.rows(
        """select rule, first, last, found, expected, found_at from finding
           where meter = cast(:meter as uuid) and channel = :channel and day = :day and ended_at is null
           order by first, last, rule""",
        meter=meter,
        channel=channel,
        day=day,
    )
