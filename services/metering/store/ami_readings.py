"""Register readings as head ends send them: many at once, versions kept. register_reading is partitioned by month of
``at`` (store/partitions.py), so statements name the first and the last moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from chassis.transaction import Transaction
from services.metering.domain.vee.marks import PASSED
from services.metering.store.long_arrays import array_of, array_of_texts

Row = Mapping[str, Any]
Key = tuple[str, str, datetime]


class AmiReading(msgspec.Struct, frozen=True, gc=False):
    """A register reading to store. At ``capacity`` the register begins at zero again; ``place`` is that of the entry in
    its batch."""

    meter: str
    register: str
    at: datetime
    value: Decimal
    period: str
    capacity: int = 0
    place: int = 0

    @property
    def key(self) -> Key:
        """What has versions."""
        return self.meter, self.register, self.at


class NewVersion(NamedTuple):
    """A reading in the place of ``version - 1``; ``counts`` is false where a newer one comes with it."""

    reading: AmiReading
    version: int
    counts: bool


class NewReadings:
    """Readings, one a key, as the statement that stores them takes them."""

    __slots__ = ("columns", "rows")

    def __init__(self, rows: list[AmiReading]) -> None:
        self.rows = rows
        self.columns = _columns(rows)


class NotStored(NamedTuple):
    """Keys that have a reading already, and those whose value lies below the one before."""

    taken: list[Key]
    below: list[Key]


# Readings further back than this say nothing of a register that goes down; the search stays in two or three partitions.
LOOK_BACK = timedelta(days=45)


def add_readings(tx: Transaction, new: NewReadings, source: str, received_at: datetime) -> NotStored:
    """Store readings that have none at their moment yet, and are not below the one before unless the register rolled
    over (near its end only: half the dial back is no use). The keys of the others, which are not touched."""
    rows = new.rows
    if not rows:
        return NotStored([], [])
    # Mostly all are new: then they are not looked through for those that are not.
    found = tx.rows(
        """with given as (
               select n, meter, register, at, value, period, capacity
               from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]),
                           cast(:values as numeric[]), cast(:periods as text[]), cast(:capacities as numeric[]))
                    with ordinality as given(meter, register, at, value, period, capacity, n)),
           new as materialized (
               select given.*, coalesce(value < before and value + capacity - before > capacity / 10, false) as below
               from given left join lateral (
                   select b.value as before from register_reading b
                   where b.meter = given.meter and b.register = given.register and b.superseded_at is null
                     and b.at < given.at and b.at >= given.at - cast(:look_back as interval)
                     and b.at >= :since and b.at < :until and b.quality = any(cast(:good as smallint[]))
                   order by b.at desc limit 1) last on true),
           added as (
               insert into register_reading (meter, register, at, version, value, period, source, received_at)
               select meter, register, at, 1, value, period, :source, :received_at from new where not below
               on conflict do nothing returning meter, register, at)
           select n, below from new left join added using (meter, register, at)
           where (select count(*) from added) < :size and added.meter is null order by n""",
        **new.columns,
        look_back=LOOK_BACK,
        since=min(row.at for row in rows) - LOOK_BACK,
        until=max(row.at for row in rows),
        good=array_of(["14", *map(str, sorted(PASSED))]),
        size=len(rows),
        source=source,
        received_at=received_at,
    )
    taken: list[Any] = []
    below: list[Any] = []
    for row in found:
        (below if row["below"] else taken).append(rows[row["n"] - 1].key)
    return NotStored(taken, below)


def current(tx: Transaction, keys: list[Key]) -> dict[Key, Row]:
    """The newest version at each key, locked; ``counts`` is false where it was withdrawn by a correction by hand. One
    that is withheld counts here: the same value again is no news."""
    if not keys:
        return {}
    rows = tx.rows(
        """select r.meter::text, r.register, r.at, r.version, r.value,
                  r.superseded_at is null or r.quality = 10 as counts
           from register_reading r
           join unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]))
                as asked(meter, register, at)
             on r.meter = asked.meter and r.register = asked.register and r.at = asked.at
           where r.at between :first and :last
           order by r.meter, r.register, r.at, r.version for update of r""",
        meters=[key[0] for key in keys],
        registers=[key[1] for key in keys],
        ats=[key[2] for key in keys],
        first=min(key[2] for key in keys),
        last=max(key[2] for key in keys),
    )
    return {(row["meter"], row["register"], row["at"]): row for row in rows}


def correct(tx: Transaction, rows: list[NewVersion], source: str, received_at: datetime) -> None:
    """New versions; the old ones are kept and no longer count."""
    if not rows:
        return
    keys = [row.reading.key for row in rows]
    tx.run(
        """update register_reading r set superseded_at = :at
           from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]))
                as old(meter, register, moment)
           where r.meter = old.meter and r.register = old.register and r.at = old.moment
             and r.superseded_at is null and r.at between :first and :last""",
        at=received_at,
        meters=[key[0] for key in keys],
        registers=[key[1] for key in keys],
        ats=[key[2] for key in keys],
        first=min(key[2] for key in keys),
        last=max(key[2] for key in keys),
    )
    tx.run(
        """insert into register_reading
               (meter, register, at, version, value, period, source, received_at, superseded_at)
           select meter, register, at, version, value, period, :source, :received_at,
                  case when not counts then cast(:received_at as timestamptz) end
           from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]),
                       cast(:values as numeric[]), cast(:periods as text[]), cast(:versions as int[]),
                       cast(:counts as boolean[]))
                as new(meter, register, at, value, period, version, counts)""",
        **_columns([row.reading for row in rows]),
        versions=[row.version for row in rows],
        counts=[row.counts for row in rows],
        source=source,
        received_at=received_at,
    )


def _columns(rows: list[AmiReading]) -> dict[str, Any]:
    moments: dict[datetime, str] = {}
    for row in rows:
        if row.at not in moments:
            moments[row.at] = f'"{row.at.isoformat()}"'
    return {
        "meters": array_of([row.meter for row in rows]),
        "registers": array_of_texts([row.register for row in rows]),
        "ats": array_of([moments[row.at] for row in rows]),
        "values": array_of([str(row.value) for row in rows]),
        "periods": array_of_texts([row.period for row in rows]),
        "capacities": array_of([str(row.capacity) for row in rows]),
    }
