"""Interval days. The table is partitioned by month of the day (store/partitions.py): statements name the first and
the last day that they touch, so that the planner looks at no other month."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from chassis.transaction import Transaction
from services.metering.store.long_arrays import array_of, array_of_texts

Row = Mapping[str, Any]
Key = tuple[str, str, date]


class NewDay(msgspec.Struct, frozen=True, gc=False):
    """A day of a channel; ``amounts`` is the literal of an array that covers the whole day, ``flags`` by slot."""

    meter: str
    channel: str
    day: date
    starts_at: datetime
    step: int
    version: int
    amounts: str
    flags: dict[str, str]

    @property
    def key(self) -> Key:
        """What is unique."""
        return self.meter, self.channel, self.day


def array_text(amounts: list[int | None]) -> str:
    """A PostgreSQL array literal: arrays of arrays of different length cannot go through unnest as such."""
    return "{" + str(amounts)[1:-1].replace("None", "NULL") + "}"


def _flags(flags: dict[str, str]) -> str | None:
    return json.dumps(flags, ensure_ascii=False) if flags else None


def add_days(tx: Transaction, days: list[NewDay], at: datetime) -> list[Key]:
    """Insert days that are not there yet; the keys of those that are, which are not touched."""
    if not days:
        return []
    moments: dict[datetime, str] = {}
    for day in days:
        if day.starts_at not in moments:
            moments[day.starts_at] = f'"{day.starts_at.isoformat()}"'
    marked = any(day.flags for day in days)
    rows = tx.rows(
        """with new as (
               select n, meter, channel, day, starts_at, step, version, cast(amounts as int[]) as amounts, flags
               from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                           cast(:starts as timestamptz[]), cast(:steps as smallint[]),
                           cast(:versions as int[]), cast(:amounts as text[]), cast(:flags as jsonb[]))
                    with ordinality as new(meter, channel, day, starts_at, step, version, amounts, flags, n)),
           added as (
               insert into interval_day
                   (meter, channel, day, starts_at, step, version, amounts, flags, received_at)
               select meter, channel, day, starts_at, step, version, amounts, flags, :at from new
               on conflict do nothing returning meter, channel, day)
           select n from new left join added using (meter, channel, day)
           where (select count(*) from added) < :size and added.meter is null order by n""",
        size=len(days),
        meters=array_of([day.meter for day in days]),
        channels=array_of_texts([day.channel for day in days]),
        days=array_of([day.day.isoformat() for day in days]),
        starts=array_of([moments[day.starts_at] for day in days]),
        steps=array_of([str(day.step) for day in days]),
        versions=array_of([str(day.version) for day in days]),
        amounts=array_of_texts([day.amounts for day in days]),
        flags=[_flags(day.flags) for day in days] if marked else "{}",
        at=at,
    )
    return [days[row["n"] - 1].key for row in rows]


class Filling(msgspec.Struct, frozen=True, gc=False):
    """Values for slots of a stored day, from ``first`` (0-based) to ``last``; ``amounts`` is an array's literal."""

    meter: str
    channel: str
    day: date
    step: int
    first: int
    last: int
    amounts: str

    @property
    def key(self) -> Key:
        """What is unique."""
        return self.meter, self.channel, self.day


class Fillings:
    """Such values, one part a day, as the statement that stores them takes them."""

    __slots__ = ("columns", "parts")

    def __init__(self, parts: list[Filling]) -> None:
        self.parts = parts
        # All parts of a batch are of the same few days.
        days = {day: day.isoformat() for day in {part.day for part in parts}}
        self.columns = {
            "meters": array_of([part.meter for part in parts]),
            "channels": array_of_texts([part.channel for part in parts]),
            "days": array_of([days[part.day] for part in parts]),
            "steps": array_of([str(part.step) for part in parts]),
            "firsts": array_of([str(part.first + 1) for part in parts]),
            "lasts": array_of([str(part.last + 1) for part in parts]),
            "amounts": array_of_texts([part.amounts for part in parts]),
            "first_day": min(days, default=None),
            "last_day": max(days, default=None),
        }


def fill_days(tx: Transaction, fillings: Fillings, at: datetime) -> set[Key]:
    """Put values where a stored day of the same step has none yet; the keys of the days for which that was so. The
    others are not touched. A day that comes value by value needs no more than this."""
    if not fillings.parts:
        return set()
    filled: list[int] = tx.value(
        """with filled as (
               update interval_day d set amounts[new.first:new.last] = cast(new.amounts as int[]), received_at = :at
               from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                           cast(:steps as smallint[]), cast(:firsts as int[]), cast(:lasts as int[]),
                           cast(:amounts as text[]))
                    with ordinality as new(meter, channel, day, step, first, last, amounts, n)
               where d.meter = new.meter and d.channel = new.channel and d.day = new.day and d.step = new.step
                 and d.day between :first_day and :last_day
                 and array_remove(d.amounts[new.first:new.last], null) = '{}'
               returning n)
           select coalesce(array_agg(n), '{}') from filled""",
        **fillings.columns,
        at=at,
    )
    return {fillings.parts[n - 1].key for n in filled}


def lock_days(tx: Transaction, keys: list[Key]) -> dict[Key, Row]:
    """Stored days, locked in one order for all."""
    if not keys:
        return {}
    rows = tx.rows(
        """select d.meter::text, d.channel, d.day, d.step, d.amounts, d.version, d.flags from interval_day d
           join unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]))
                as asked(meter, channel, day)
             on d.meter = asked.meter and d.channel = asked.channel and d.day = asked.day
           where d.day between :first and :last
           order by d.meter, d.channel, d.day for update of d""",
        **_keys(keys),
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
           where d.meter = new.meter and d.channel = new.channel and d.day = new.day
             and d.day between :first and :last""",
        **_keys([row[0] for row in rows]),
        versions=[row[1] for row in rows],
        amounts=[array_text(row[2]) for row in rows],
        flags=[_flags(row[3]) for row in rows],
        at=at,
    )


def _keys(keys: list[Key]) -> dict[str, Any]:
    return {
        "meters": [key[0] for key in keys],
        "channels": [key[1] for key in keys],
        "days": [key[2] for key in keys],
        "first": min(key[2] for key in keys),
        "last": max(key[2] for key in keys),
    }


def days(tx: Transaction, meter: str, first: date, last: date) -> list[Row]:
    """Stored days of a meter."""
    return tx.rows(
        """select channel, day, starts_at, step, version, amounts, flags from interval_day
           where meter = cast(:meter as uuid) and day between :first and :last order by channel, day""",
        meter=meter,
        first=first,
        last=last,
    )
