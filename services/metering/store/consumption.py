"""What views of consumption read: interval days with their quality, readings that close months and days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chassis.transaction import Transaction
from services.metering.store.meters import COLUMNS

Row = Mapping[str, Any]

# The checked day where it has seen all that came, else the day as it came, without marks.
INTERVAL_DAYS = """
select coalesce(d.meter, k.meter)::text as meter, coalesce(d.channel, k.channel) as channel,
       coalesce(d.day, k.day) as day, coalesce(d.starts_at, k.starts_at) as starts_at,
       coalesce(d.step, k.step) as step, coalesce(c.amounts, d.amounts) as amounts, c.marks,
       coalesce(c.passed, false) as passed, c.version
from (select * from interval_day where meter = any(cast(:meters as uuid[])) and day between :first and :last) d
full join (select * from interval_day_checked
           where meter = any(cast(:meters as uuid[])) and day between :first and :last) k
  on k.meter = d.meter and k.channel = d.channel and k.day = d.day
left join lateral (select k.amounts, k.marks, k.passed, k.version
                   where k.meter is not null and (d.meter is null
                         or (k.raw_version >= d.version and k.raw_received_at >= d.received_at))) c on true
order by 1, 2, 3
"""

# The last reading of each month. A reading is taken at most three months before and one after the month it counts for:
# bounds of ``at`` keep the search in few partitions, those of the whole range while it is planned, those of each month
# while it runs. ``between`` instead of ``=`` leaves the planner only the index by period.
MONTH_READINGS = """
with month as (
    select to_char(begin, 'YYYY-MM') as period, (begin - interval '3 months') at time zone 'UTC' as since,
           (begin + interval '2 months') at time zone 'UTC' as until
    from generate_series(cast(:first as timestamp), cast(:last as timestamp), interval '1 month') as begin)
select g.meter::text, g.code as register, g.zone, found.period, found.value, found.source
from register g cross join month cross join lateral (
    select r.period, r.value, r.source from register_reading r
    where r.meter = g.meter and r.register = g.code and r.superseded_at is null
      and r.period between month.period and month.period
      and r.at >= month.since and r.at < month.until
      and r.at >= (cast(:first as timestamp) - interval '3 months') at time zone 'UTC'
      and r.at < (cast(:last as timestamp) + interval '2 months') at time zone 'UTC'
    order by r.period desc, r.at desc limit 1) found
where g.meter = any(cast(:meters as uuid[]))
"""

MIDNIGHT_READINGS = """
select r.meter::text, r.register, g.zone, cast(r.at at time zone :time_zone as date) as day, r.value
from register_reading r join register g on g.meter = r.meter and g.code = r.register
where r.meter = any(cast(:meters as uuid[])) and r.superseded_at is null and r.source = 'ami'
  and r.at >= :since and r.at <= :until
  and r.at = date_trunc('day', r.at at time zone :time_zone) at time zone :time_zone
order by r.meter, r.register, r.at
"""

READINGS = """
select r.register, g.zone, r.at, r.value, r.source from register_reading r
join register g on g.meter = r.meter and g.code = r.register
where r.meter = cast(:meter as uuid) and r.superseded_at is null and r.at >= :since and r.at < :until
order by r.register, r.at
"""


def meters_of_account(tx: Transaction, account: str) -> list[Row]:
    """All meters an account ever had: a replaced one used something, too."""
    return tx.rows(
        f"""select {COLUMNS} from meter m where m.account = cast(:account as uuid)
            order by m.resource, m.installed_on, m.serial""",
        account=account,
    )


def interval_days(tx: Transaction, meters: list[str], first: date, last: date) -> list[Row]:
    """Days of meters in order: channel, day, step, amounts in thousandths, their marks and version (null: not checked),
    and whether billing may use all of it."""
    return tx.rows(INTERVAL_DAYS, meters=meters, first=first, last=last)


def month_readings(tx: Transaction, meters: list[str], first: date, last: date) -> list[Row]:
    """By meter and register: the reading that closes each month from ``first`` to ``last`` (first days of months). That
    of a meter that was put in place in the following month is its opening."""
    return tx.rows(MONTH_READINGS, meters=meters, first=first, last=last)


def channels(tx: Transaction, meters: list[str]) -> list[Row]:
    """(meter, channel) of interval data that was ever looked at."""
    return tx.rows(
        "select meter::text, channel from interval_channel where meter = any(cast(:meters as uuid[]))",
        meters=meters,
    )


def midnight_readings(
    tx: Transaction, meters: list[str], since: datetime, until: datetime, time_zone: str
) -> list[Row]:
    """Readings that automated meters sent at local midnights: the day that begins, and the value."""
    return tx.rows(MIDNIGHT_READINGS, meters=meters, since=since, until=until, time_zone=time_zone)


def readings(tx: Transaction, meter: str, since: datetime, until: datetime) -> list[Row]:
    """All readings of a meter that count, in the order of registers and time."""
    return tx.rows(READINGS, meter=meter, since=since, until=until)
