"""Checked interval days: what is due, what a page of them needs to know, what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]
Key = tuple[str, str, date]

# Arrivals are looked at again for so long: a transaction commits later than the moment that its rows carry.
OVERLAP = timedelta(minutes=2)
# What arrived in so long is noticed in one statement.
SLICE = timedelta(seconds=20)
# A channel that was silent for so many days is estimated no more.
MOST_SILENT_DAYS = 35
# One that nothing was heard of for so long is not even asked about.
DEAD_DAYS = 400
# No registers further apart than this say anything about an interval.
MOST_BRACKET = timedelta(days=40)


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


# --- what is due ----------------------------------------------------------------------------------------------------


def next_slice(tx: Transaction, now: datetime) -> tuple[datetime, datetime] | None:
    """What arrived from when to when is to be noticed next, under a lock; None if all was."""
    tx.run("insert into vee_progress default values on conflict do nothing")
    row = tx.row("select noticed_to from vee_progress for update")
    since = row["noticed_to"] if row else None
    if since is None:
        since = tx.value(
            """select min(since) from (select min(received_at) as since from interval_day
                                       union all select min(received_at) from register_reading) as first"""
        )
        since = now if since is None else since - timedelta(microseconds=1)
    # A clock that was set back: begin again a day before it.
    since = min(since, now) if since <= now + OVERLAP else now - timedelta(days=1)
    return None if since >= now else (since, min(since + SLICE, now))


def skip_silence(tx: Transaction, until: datetime, now: datetime) -> datetime:
    """The moment before the next arrival after ``until``, or ``now``."""
    following = tx.value(
        """select min(received_at) from (
               select received_at from interval_day where received_at > :until and received_at <= :now
               union all
               select received_at from register_reading where received_at > :until and received_at <= :now) as later""",
        until=until,
        now=now,
    )
    return now if following is None else max(until, following - timedelta(microseconds=1))


def noticed(tx: Transaction, until: datetime) -> None:
    """All up to this moment is."""
    tx.run("update vee_progress set noticed_to = :until", until=until)


# A complete day is due at once, another once it is over and late data had its time. The day before is looked at again
# where its last value was made without knowing what follows.
NOTICE_DAYS = """
with arrived as (
    select d.meter, d.channel, d.day, d.version, d.received_at, d.starts_at, d.step, d.amounts
    from interval_day d where d.received_at > :since and d.received_at <= :until),
stale as (
    select a.* from arrived a left join interval_day_checked c
      on c.meter = a.meter and c.channel = a.channel and c.day = a.day
    where c.meter is null or c.raw_version < a.version or c.raw_received_at < a.received_at),
due as (
    select s.meter, s.channel, s.day,
           case when array_position(s.amounts, null) is null then cast(:now as timestamptz)
                else greatest(s.starts_at + cardinality(s.amounts) * s.step * interval '1 minute'
                              + p.grace * interval '1 hour', :now) end as due_at
    from stale s join meter m on m.id = s.meter
    join unnest(cast(:providers as text[]), cast(:graces as int[])) as p(provider, grace)
      on p.provider = m.provider
    union all
    select c.meter, c.channel, c.day, :now from stale s join interval_day_checked c
      on c.meter = s.meter and c.channel = s.channel and c.day = s.day - 1
    where c.marks[cardinality(c.marks)] in (8, 9, 18))
insert into day_due (meter, channel, day, due_at)
select meter, channel, day, min(due_at) from due group by meter, channel, day
on conflict (meter, channel, day) do update set due_at = excluded.due_at where excluded.due_at < day_due.due_at
"""

# A register reading that comes when the days before it were checked already: their sums can be told now.
NOTICE_READINGS = """
insert into day_due (meter, channel, day, due_at)
select c.meter, c.channel, c.day, :now
from register_reading r
join register g on g.meter = r.meter and g.code = r.register
join lateral (
    select at from register_reading b
    where b.meter = r.meter and b.register = r.register and b.superseded_at is null
      and b.at < r.at and b.at >= r.at - cast(:most as interval)
    order by b.at desc limit 1) before on true
join interval_day_checked c on c.meter = r.meter
  and c.day between (before.at - interval '1 day')::date and (r.at + interval '1 day')::date
  and c.starts_at >= before.at and c.starts_at < r.at
  and (c.channel = '2.29.0') = (g.direction = 'export')
where r.received_at > :since and r.received_at <= :until and r.superseded_at is null
  and (not c.compared or (r.version > 1 and r.received_at > c.checked_at))
on conflict do nothing
"""


def notice(
    tx: Transaction, since: datetime, until: datetime, now: datetime, graces: Mapping[str, int]
) -> int:
    """Put days that came or changed, and those that readings speak of, among the due ones. ``graces`` are hours by
    provider. The number of days."""
    return tx.run(
        NOTICE_DAYS,
        since=since - OVERLAP,
        until=until,
        now=now,
        providers=list(graces),
        graces=list(graces.values()),
    ) + tx.run(NOTICE_READINGS, since=since - OVERLAP, until=until, now=now, most=MOST_BRACKET)


def notice_silence(tx: Transaction, provider: str, over: date, now: datetime, most: int) -> int:
    """Days of which nothing came, of up to ``most`` channels, up to ``over``, the last day that is over with its time
    for late data."""
    return tx.run(
        """insert into day_due (meter, channel, day, due_at)
           select c.meter, c.channel, cast(day as date), :now
           from (select c.meter, c.channel, c.last_day, c.heard_day from interval_channel c
                 join meter m on m.id = c.meter
                 where c.provider = :provider and c.last_day < :over
                   and c.last_day >= cast(:over as date) - :dead and c.heard_day + :silent > c.last_day
                   and (m.removed_on is null or m.removed_on > c.last_day + 1)
                 order by c.last_day limit :most) as c,
                generate_series(cast(c.last_day + 1 as timestamp),
                                cast(least(cast(:over as date), c.heard_day + :silent) as timestamp),
                                interval '1 day') as day
           on conflict do nothing""",
        provider=provider,
        over=over,
        now=now,
        silent=MOST_SILENT_DAYS,
        dead=DEAD_DAYS,
        most=most,
    )


# Due days of the next channels, with what a clean one is known by. The registers' difference is summed over those of
# the channel's direction, if all were read at both midnights. (Figures of the values are reckoned outside: arrays come
# over several times faster than unnest takes them apart.)
TAKE = """
with first as materialized (
    select meter, channel, day from day_due where due_at <= :now order by due_at, meter, channel, day
    limit :most for update skip locked),
taken as materialized (
    delete from day_due v using first f
    where v.meter = f.meter and v.channel = f.channel and v.day = f.day
    returning v.meter, v.channel, v.day)
select t.meter::text, t.channel, t.day, m.provider, m.account::text, m.serial, m.resource, m.unit, m.decimals,
       m.digits, m.ratio,
       d.starts_at, d.step, d.version, d.received_at, d.flags is not null as flagged,
       d.amounts,
       h.step as channel_step, h.days, h.peak, h.mean_total, h.mean_low, h.zero_days, h.last_day,
       h.heard_day, c.version as checked_version,
       exists (select from interval_edit e
               where e.meter = t.meter and e.channel = t.channel and e.day = t.day) as edited,
       r.counted, r.registers
from taken t join meter m on m.id = t.meter
left join interval_day d on d.meter = t.meter and d.channel = t.channel and d.day = t.day
left join interval_channel h on h.meter = t.meter and h.channel = t.channel
left join interval_day_checked c on c.meter = t.meter and c.channel = t.channel and c.day = t.day
left join lateral (
    select sum(closing.value - opening.value) as counted, count(*) as registers,
           count(closing.value - opening.value) as read
    from register g
    left join register_reading opening on opening.meter = g.meter and opening.register = g.code
      and opening.at = d.starts_at and opening.superseded_at is null
    left join register_reading closing on closing.meter = g.meter and closing.register = g.code
      and closing.at = d.starts_at + cardinality(d.amounts) * d.step * interval '1 minute'
      and closing.superseded_at is null
    where g.meter = t.meter and (g.direction = 'export') = (t.channel = '2.29.0')
    having count(*) = count(closing.value - opening.value)) r on true
order by t.meter, t.channel, t.day
"""


def take_due(tx: Transaction, now: datetime, most: int) -> list[Row]:
    """Due days of some channels, taken out of the list in this transaction, by meter, channel and day."""
    return tx.rows(TAKE, now=now, most=most)


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
    keys = {
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


def checked_days(tx: Transaction, meter: str, first: date, last: date) -> list[Row]:
    """Days of a meter as they count: ``channel``, ``day``, ``starts_at``, ``step``, ``amounts`` (thousandths),
    ``marks`` (ESPI's quality of each), ``passed`` (may billing use all of it), ``version`` (null: not checked).

    Where the check is missing or has not seen what came since, the day as it came: marks 14, and null for a missing
    value.
    """
    return tx.rows(
        """select coalesce(c.channel, d.channel) as channel, coalesce(c.day, d.day) as day,
                  coalesce(c.starts_at, d.starts_at) as starts_at, coalesce(c.step, d.step) as step,
                  coalesce(c.amounts, d.amounts) as amounts,
                  coalesce(c.marks, array(select case when a is null then null else cast(14 as smallint) end
                                          from unnest(d.amounts) with ordinality as v(a, n) order by n)) as marks,
                  coalesce(c.passed, false) as passed, c.version
           from (select * from interval_day where meter = cast(:meter as uuid) and day between :first and :last) as d
           full join (select * from interval_day_checked
                      where meter = cast(:meter as uuid) and day between :first and :last) as k
             on k.channel = d.channel and k.day = d.day
           left join lateral (select k.* where k.meter is not null and (d.meter is null
                 or (k.raw_version >= d.version and k.raw_received_at >= d.received_at))) as c on true
           order by 1, 2""",
        meter=meter,
        first=first,
        last=last,
    )


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
