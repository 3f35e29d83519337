"""Checked interval days: what a page of due ones needs to know, what it leaves, what staff and bills read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]
Key = tuple[str, str, date]


class CheckedDay(NamedTuple):
    """A day to write. ``low`` is the lowest measured value, None where too little of the day was measured;
    ``compared``: its sum was told against the registers."""

    meter: str
    channel: str
    day: date
    starts_at: datetime
    step: int
    raw_version: int
    raw_received_at: datetime
    amounts: list[int | None]
    marks: list[int]
    total: int | None
    low: int | None
    passed: bool
    compared: bool

    @property
    def key(self) -> Key:
        """What is unique."""
        return self.meter, self.channel, self.day


# --- what a closer look needs ---------------------------------------------------------------------------------------


def around(tx: Transaction, spans: Sequence[tuple[str, str, date, date]]) -> list[Row]:
    """Days of channels, each from a first to a last one: as they came, and as they were checked."""
    return tx.rows(
        """select a.meter::text, a.channel, x.* from unnest(cast(:meters as uuid[]), cast(:channels as text[]),
                  cast(:firsts as date[]), cast(:lasts as date[])) as a(meter, channel, first, last)
           cross join lateral (
               select coalesce(d.day, c.day) as day, coalesce(d.starts_at, c.starts_at) as starts_at,
                      coalesce(d.step, c.step) as step, d.amounts, d.flags, d.version, d.received_at,
                      c.amounts as checked_amounts, c.marks, c.version as checked_version, c.raw_version
               from (select * from interval_day d where d.meter = a.meter and d.channel = a.channel
                       and d.day between a.first and a.last) as d
               full join (select * from interval_day_checked c where c.meter = a.meter and c.channel = a.channel
                            and c.day between a.first and a.last) as c on c.day = d.day) as x
           order by a.meter, a.channel, x.day""",
        meters=[span[0] for span in spans],
        channels=[span[1] for span in spans],
        firsts=[span[2] for span in spans],
        lasts=[span[3] for span in spans],
    )


def readings_around(tx: Transaction, spans: Sequence[tuple[str, datetime, datetime]]) -> list[Row]:
    """Moments at which every register of one direction of a meter was read, with their sum: (meter, export, at, value,
    registers)."""
    return tx.rows(
        """select a.meter::text, g.direction = 'export' as export, r.at, sum(r.value) as value, count(*) as registers
           from unnest(cast(:meters as uuid[]), cast(:firsts as timestamptz[]), cast(:lasts as timestamptz[]))
                as a(meter, first, last)
           join register g on g.meter = a.meter
           join register_reading r on r.meter = g.meter and r.register = g.code and r.at between a.first and a.last
             and r.superseded_at is null
           group by a.meter, g.direction, r.at
           having count(*) = (select count(*) from register o
                              where o.meter = a.meter and o.direction = g.direction)
           order by a.meter, g.direction, r.at""",
        meters=[span[0] for span in spans],
        firsts=[span[1] for span in spans],
        lasts=[span[2] for span in spans],
    )


def edits(tx: Transaction, keys: Sequence[Key]) -> dict[Key, dict[int, int]]:
    """What operators laid over the days: thousandths by slot, the last one of each that was not withdrawn."""
    found: dict[Key, dict[int, int]] = {}
    for row in tx.rows(
        """select e.meter::text, e.channel, e.day, e."values" from interval_edit e
           join unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]))
                as asked(meter, channel, day)
             on e.meter = asked.meter and e.channel = asked.channel and e.day = asked.day
           order by e.edited_at, e.id""",
        meters=[key[0] for key in keys],
        channels=[key[1] for key in keys],
        days=[key[2] for key in keys],
    ):
        day = found.setdefault((row["meter"], row["channel"], row["day"]), {})
        for slot, amount in row["values"].items():
            if amount is None:
                day.pop(int(slot), None)
            else:
                day[int(slot)] = amount
    return found


# --- what a page leaves ---------------------------------------------------------------------------------------------


def write_clean(tx: Transaction, rows: Sequence[tuple[Key, bool]], at: datetime) -> None:
    """Days that count as they came, (key, compared); none of them was checked before. Their values never leave the
    database."""
    if not rows:
        return
    tx.run(
        """insert into interval_day_checked (meter, channel, day, starts_at, step, raw_version, raw_received_at,
                                             amounts, marks, checked_at, total, low, passed, compared)
           select d.meter, d.channel, d.day, d.starts_at, d.step, d.version, d.received_at, d.amounts,
                  array_fill(cast(17 as smallint), array[cardinality(d.amounts)]), :at,
                  (select sum(a) from unnest(d.amounts) as a), (select min(a) from unnest(d.amounts) as a), true,
                  new.compared
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                       cast(:compared as boolean[])) as new(meter, channel, day, compared)
           join interval_day d on d.meter = new.meter and d.channel = new.channel and d.day = new.day
           on conflict do nothing""",
        meters=[key[0] for key, _ in rows],
        channels=[key[1] for key, _ in rows],
        days=[key[2] for key, _ in rows],
        compared=[compared for _, compared in rows],
        at=at,
    )


def write_checked(tx: Transaction, days: Sequence[CheckedDay], at: datetime) -> None:
    """Days as they count from now on; what stood there is kept as an older version."""
    if not days:
        return
    keys: dict[str, list[Any]] = {
        "meters": [day.meter for day in days],
        "channels": [day.channel for day in days],
        "days": [day.day for day in days],
    }
    tx.run(
        """insert into interval_day_checked_old
               (meter, channel, day, version, raw_version, amounts, marks, checked_at, replaced_at)
           select c.meter, c.channel, c.day, c.version, c.raw_version, c.amounts, c.marks, c.checked_at, :at
           from interval_day_checked c
           join unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]))
                as new(meter, channel, day)
             on c.meter = new.meter and c.channel = new.channel and c.day = new.day
           where c.day between :first and :last""",
        at=at,
        first=min(keys["days"]),
        last=max(keys["days"]),
        **keys,
    )
    tx.run(
        """insert into interval_day_checked as c (meter, channel, day, starts_at, step, raw_version, raw_received_at,
                                                  amounts, marks, checked_at, total, low, passed, compared)
           select meter, channel, day, starts_at, step, raw_version, raw_received_at, cast(amounts as int[]),
                  cast(marks as smallint[]), :at, total, low, passed, compared
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                       cast(:starts as timestamptz[]), cast(:steps as smallint[]), cast(:raw_versions as int[]),
                       cast(:arrivals as timestamptz[]), cast(:amounts as text[]), cast(:marks as text[]),
                       cast(:totals as bigint[]), cast(:lows as int[]), cast(:passed as boolean[]),
                       cast(:compared as boolean[]))
                as new(meter, channel, day, starts_at, step, raw_version, raw_received_at, amounts, marks, total,
                       low, passed, compared)
           on conflict (meter, channel, day) do update set starts_at = excluded.starts_at, step = excluded.step,
               raw_version = excluded.raw_version, raw_received_at = excluded.raw_received_at,
               amounts = excluded.amounts, marks = excluded.marks, checked_at = excluded.checked_at,
               total = excluded.total, low = excluded.low, passed = excluded.passed,
               compared = excluded.compared, version = c.version + 1""",
        **keys,
        starts=[day.starts_at for day in days],
        steps=[day.step for day in days],
        raw_versions=[day.raw_version for day in days],
        arrivals=[day.raw_received_at for day in days],
        amounts=[_array(day.amounts) for day in days],
        marks=[_array(day.marks) for day in days],
        totals=[day.total for day in days],
        lows=[day.low for day in days],
        passed=[day.passed for day in days],
        compared=[day.compared for day in days],
        at=at,
    )


def still_good(tx: Transaction, days: Sequence[CheckedDay]) -> None:
    """Days whose check came to what stands there already: they have seen what came since."""
    if days:
        tx.run(
            """update interval_day_checked c set raw_version = new.version, raw_received_at = new.received_at,
                      compared = new.compared
               from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:days as date[]),
                           cast(:versions as int[]), cast(:arrivals as timestamptz[]), cast(:compared as boolean[]))
                    as new(meter, channel, day, version, received_at, compared)
               where c.meter = new.meter and c.channel = new.channel and c.day = new.day
                 and c.day between :first and :last""",
            first=min(day.day for day in days),
            last=max(day.day for day in days),
            meters=[day.meter for day in days],
            channels=[day.channel for day in days],
            days=[day.day for day in days],
            versions=[day.raw_version for day in days],
            arrivals=[day.raw_received_at for day in days],
            compared=[day.compared for day in days],
        )


def save_channels(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Figures of channels: the columns of interval_channel."""
    insert_rows(
        tx,
        "interval_channel",
        {
            "meter": "uuid",
            "channel": "text",
            "provider": "text",
            "step": "smallint",
            "last_day": "date",
            "heard_day": "date",
            "days": "int",
            "peak": "int",
            "mean_total": "bigint",
            "mean_low": "int",
            "zero_days": "int",
        },
        rows,
        suffix="""on conflict (meter, channel) do update set step = excluded.step,
            last_day = greatest(interval_channel.last_day, excluded.last_day),
            heard_day = greatest(interval_channel.heard_day, excluded.heard_day), days = excluded.days,
            peak = excluded.peak, mean_total = excluded.mean_total, mean_low = excluded.mean_low,
            zero_days = excluded.zero_days""",
    )


# --- reading --------------------------------------------------------------------------------------------------------


def one_day(tx: Transaction, meter: str, channel: str, day: date) -> Row | None:
    """A checked day, locked."""
    return tx.row(
        """select starts_at, step, amounts, marks, version, raw_version, raw_received_at from interval_day_checked
           where meter = cast(:meter as uuid) and channel = :channel and day = :day for update""",
        meter=meter,
        channel=channel,
        day=day,
    )


def history(tx: Transaction, meter: str, channel: str, day: date) -> list[Row]:
    """All versions of a checked day, the newest first; ``replaced_at`` is null for the one that stands."""
    return tx.rows(
        """select version, amounts, marks, checked_at, null as replaced_at from interval_day_checked
           where meter = cast(:meter as uuid) and channel = :channel and day = :day
           union all
           select version, amounts, marks, checked_at, replaced_at from interval_day_checked_old
           where meter = cast(:meter as uuid) and channel = :channel and day = :day order by 1 desc""",
        meter=meter,
        channel=channel,
        day=day,
    )


def add_edit(
    tx: Transaction,
    edit: str,
    key: Key,
    values: Mapping[int, int | None],
    *,
    reason: str,
    person: str,
    version: int,
    at: datetime,
) -> None:
    """What an operator lays over a day, by slot (None: withdrawn); ``version`` is the one that comes of it."""
    tx.run(
        """insert into interval_edit (id, meter, channel, day, "values", reason, person, edited_at, version)
           values (cast(:id as uuid), cast(:meter as uuid), :channel, :day,
                   (select jsonb_object_agg(slot, amount)
                    from unnest(cast(:slots as text[]), cast(:amounts as int[])) as v(slot, amount)),
                   :reason, :person, :at, :version)""",
        id=edit,
        meter=key[0],
        channel=key[1],
        day=key[2],
        slots=[str(slot) for slot in values],
        amounts=list(values.values()),
        reason=reason,
        person=person,
        at=at,
        version=version,
    )


def edits_of(tx: Transaction, meter: str, channel: str, day: date) -> list[Row]:
    """Who edited a day, when, why, and what, the newest first."""
    return tx.rows(
        """select id::text as edit, person, edited_at, reason, version, "values" from interval_edit
           where meter = cast(:meter as uuid) and channel = :channel and day = :day order by edited_at desc, id desc""",
        meter=meter,
        channel=channel,
        day=day,
    )


# --- sums for billing -----------------------------------------------------------------------------------------------


def sums(
    tx: Transaction, spans: Sequence[tuple[str, str, datetime, datetime]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """By (meter, channel): thousandths of all intervals from one instant to another and how many of them were
    estimated; only where every interval of the span is there and passed, and the span begins and ends with a day."""
    rows = tx.rows(
        """select a.meter::text, a.channel, sum(c.total) as total,
                  sum((select count(*) from unnest(c.marks) as mark where mark in (8, 9))) as estimated
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:firsts as timestamptz[]),
                       cast(:lasts as timestamptz[])) as a(meter, channel, first, last)
           join interval_day_checked c on c.meter = a.meter and c.channel = a.channel
             and c.day between (a.first - interval '1 day')::date and (a.last + interval '1 day')::date
             and c.starts_at >= a.first and c.starts_at < a.last
           left join interval_day d on d.meter = c.meter and d.channel = c.channel and d.day = c.day
           group by a.meter, a.channel, a.first, a.last
           having bool_and(c.passed and (d.meter is null
                           or (c.raw_version >= d.version and c.raw_received_at >= d.received_at)))
              and min(c.starts_at) = a.first
              and sum(cardinality(c.amounts) * c.step) * interval '1 minute' = a.last - a.first""",
        meters=[span[0] for span in spans],
        channels=[span[1] for span in spans],
        firsts=[span[2] for span in spans],
        lasts=[span[3] for span in spans],
    )
    return {(row["meter"], row["channel"]): (int(row["total"]), int(row["estimated"])) for row in rows}


def _array(numbers: Sequence[int | None]) -> str:
    """A PostgreSQL array literal: arrays of different length cannot go through unnest as such."""
    return "{" + str(list(numbers))[1:-1].replace("None", "NULL") + "}"
