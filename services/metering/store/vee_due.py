"""Interval days that are to be checked: noticed as they arrive or stay away, taken out page by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chassis.transaction import Transaction
from services.metering.store import progress
from services.metering.store.progress import OVERLAP

Row = Mapping[str, Any]

# What arrived in so long is noticed in one statement.
SLICE = timedelta(seconds=20)
# A channel that was silent for so many days is estimated no more.
MAX_SILENT_DAYS = 35
# One that nothing was heard of for so long is not even asked about.
DEAD_DAYS = 400
# No registers further apart than this say anything about an interval.
MAX_BRACKET = timedelta(days=40)


FIRST = """
select min(since) from (select min(received_at) as since from interval_day
                        union all select min(received_at) from register_reading) as first
"""


def next_slice(tx: Transaction, now: datetime) -> tuple[datetime, datetime] | None:
    """What arrived from when to when is to be noticed next, under a lock; None if all was."""
    since = progress.since(tx, "noticed_to", now, FIRST)
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
    progress.note(tx, "noticed_to", until)


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
    ) + tx.run(NOTICE_READINGS, since=since - OVERLAP, until=until, now=now, most=MAX_BRACKET)


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
        silent=MAX_SILENT_DAYS,
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
