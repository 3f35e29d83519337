"""Interval days and the batches they came in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chassis.transaction import Transaction

Row = Mapping[str, Any]
Key = tuple[str, str, date]


class NewDay(NamedTuple):
    """A day of a channel; ``amounts`` covers the whole day."""

    meter: str
    channel: str
    day: date
    starts_at: datetime
    step: int
    version: int
    amounts: list[int | None]
    flags: dict[str, str]

    @property
    def key(self) -> Key:
        """What is unique."""
        return self.meter, self.channel, self.day


def array_text(amounts: list[int | None]) -> str:
    """A PostgreSQL array literal: arrays of arrays of different length cannot go through unnest as such."""
    return "{" + ",".join(["NULL" if amount is None else str(amount) for amount in amounts]) + "}"


def _flags(flags: dict[str, str]) -> str | None:
    return json.dumps(flags, ensure_ascii=False) if flags else None


def known_batches(tx: Transaction, keys: list[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Receipts of batches that were taken before, by (provider, head end, batch)."""
    rows = tx.rows(
        """select b.provider, b.head_end, b.batch, b.receipt from ami_batch b
           join unnest(cast(:providers as text[]), cast(:head_ends as text[]), cast(:batches as text[]))
                as asked(provider, head_end, batch)
             on b.provider = asked.provider and b.head_end = asked.head_end and b.batch = asked.batch""",
        providers=[key[0] for key in keys],
        head_ends=[key[1] for key in keys],
        batches=[key[2] for key in keys],
    )
    return {(row["provider"], row["head_end"], row["batch"]): row["receipt"] for row in rows}


def remember_batches(tx: Transaction, rows: list[tuple[str, str, str, str]], at: datetime) -> int:
    """(provider, head end, batch, receipt) each; fewer rows than given: another consumer had one of them first."""
    return tx.run(
        """insert into ami_batch (provider, head_end, batch, receipt, received_at)
           select *, :at from unnest(cast(:providers as text[]), cast(:head_ends as text[]),
                                     cast(:batches as text[]), cast(:receipts as text[]))
           on conflict do nothing""",
        providers=[row[0] for row in rows],
        head_ends=[row[1] for row in rows],
        batches=[row[2] for row in rows],
        receipts=[row[3] for row in rows],
        at=at,
    )


def add_days(tx: Transaction, days: list[NewDay], at: datetime) -> set[Key]:
    """Insert days that are not there yet; the keys of those inserted."""
    if not days:
        return set()
    rows = tx.rows(
        """insert into interval_day (meter, channel, day, starts_at, step, version, amounts, flags, received_at)
           select meter, channel, day, starts_at, step, version, cast(amounts as int[]), flags, :at
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                       cast(:starts as timestamptz[]), cast(:steps as smallint[]), cast(:versions as int[]),
                       cast(:amounts as text[]), cast(:flags as jsonb[]))
                as new(meter, channel, day, starts_at, step, version, amounts, flags)
           on conflict do nothing returning meter::text, channel, day""",
        meters=[day.meter for day in days],
        channels=[day.channel for day in days],
        days=[day.day for day in days],
        starts=[day.starts_at for day in days],
        steps=[day.step for day in days],
        versions=[day.version for day in days],
        amounts=[array_text(day.amounts) for day in days],
        flags=[_flags(day.flags) for day in days],
        at=at,
    )
    return {(row["meter"], row["channel"], row["day"]) for row in rows}


def lock_days(tx: Transaction, keys: list[Key]) -> dict[Key, Row]:
    """Stored days, locked in one order for all."""
    if not keys:
        return {}
    rows = tx.rows(
        """select d.meter::text, d.channel, d.day, d.step, d.amounts, d.version, d.flags from interval_day d
           join unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]))
                as asked(meter, channel, day)
             on d.meter = asked.meter and d.channel = asked.channel and d.day = asked.day
           order by d.meter, d.channel, d.day for update of d""",
        meters=[key[0] for key in keys],
        channels=[key[1] for key in keys],
        days=[key[2] for key in keys],
    )
    return {(row["meter"], row["channel"], row["day"]): row for row in rows}


def keep_old(tx: Transaction, rows: list[tuple[Key, int, list[int | None], str]], at: datetime) -> None:
    """Versions that a correction replaces: (key, version, amounts, batch)."""
    if not rows:
        return
    tx.run(
        """insert into interval_day_old (meter, channel, day, version, amounts, replaced_at, batch)
           select meter, channel, day, version, cast(amounts as int[]), :at, batch
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                       cast(:versions as int[]), cast(:amounts as text[]), cast(:batches as text[]))
                as old(meter, channel, day, version, amounts, batch)""",
        meters=[row[0][0] for row in rows],
        channels=[row[0][1] for row in rows],
        days=[row[0][2] for row in rows],
        versions=[row[1] for row in rows],
        amounts=[array_text(row[2]) for row in rows],
        batches=[row[3] for row in rows],
        at=at,
    )


def update_days(
    tx: Transaction, rows: list[tuple[Key, int, list[int | None], dict[str, str]]], at: datetime
) -> None:
    """New content of stored days: (key, version, amounts, flags)."""
    if not rows:
        return
    tx.run(
        """update interval_day d set amounts = cast(new.amounts as int[]), version = new.version, flags = new.flags,
                  received_at = :at
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                       cast(:versions as int[]), cast(:amounts as text[]), cast(:flags as jsonb[]))
                as new(meter, channel, day, version, amounts, flags)
           where d.meter = new.meter and d.channel = new.channel and d.day = new.day""",
        meters=[row[0][0] for row in rows],
        channels=[row[0][1] for row in rows],
        days=[row[0][2] for row in rows],
        versions=[row[1] for row in rows],
        amounts=[array_text(row[2]) for row in rows],
        flags=[_flags(row[3]) for row in rows],
        at=at,
    )


def days(tx: Transaction, meter: str, first: date, last: date) -> list[Row]:
    """Stored days of a meter."""
    return tx.rows(
        """select channel, day, starts_at, step, version, amounts, flags from interval_day
           where meter = cast(:meter as uuid) and day between :first and :last order by channel, day""",
        meter=meter,
        first=first,
        last=last,
    )
