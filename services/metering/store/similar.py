"""Similar homes: bins of a month filled page by page, and the quartiles made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chassis.transaction import Transaction

Row = Mapping[str, Any]

# One page of accounts. A home is an account with a resource; it counts if all its meters were in place the whole month
# and each register closed both this month and the one before (or, without registers' readings, if there is interval
# data for every day). A home that used nothing is empty and tells nothing.
FILL_BINS = """
with homes as materialized (
    select m.id, m.account, m.resource, m.unit, m.zones, m.ratio, m.digits, m.automated,
           m.installed_on <= :first and (m.removed_on is null or m.removed_on >= :after) as whole
    from meter m
    where m.provider = :provider and m.account > cast(:cursor as uuid) and m.account <= cast(:until as uuid)
      and m.installed_on < :after and (m.removed_on is null or m.removed_on > :first)),
steps as (
    select h.id, closing.value - opening.value as step, cast(10 as numeric) ^ h.digits as capacity
    from homes h join register g on g.meter = h.id and g.zone <> 'export'
    left join lateral (
        select r.value from register_reading r
        where r.meter = g.meter and r.register = g.code and r.superseded_at is null and r.period = :period
          and r.source <> 'opening' and r.at >= :closed_since and r.at < :closed_until
        order by r.at desc limit 1) closing on true
    left join lateral (
        select r.value from register_reading r
        where r.meter = g.meter and r.register = g.code and r.superseded_at is null and r.period = :before
          and r.at >= :opened_since and r.at < :opened_until
        order by r.at desc limit 1) opening on true),
counted as (
    select id, case when bool_and(step is not null and (step >= 0 or step + capacity <= capacity / 10))
                    then sum(case when step < 0 then step + capacity else step end) end as used
    from steps group by id),
used as (
    select h.account, h.resource, h.unit, h.zones, h.ratio, h.whole,
           coalesce(counted.used, profile.used) * h.ratio as used
    from homes h left join counted on counted.id = h.id
    left join lateral (
        select sum(amount) / 1000.0 as used from (
            select d.day, d.amounts from interval_day d
            where counted.used is null and h.automated
              and d.meter = h.id and d.channel = '1.29.0' and d.day >= :first and d.day < :after) days
        cross join unnest(days.amounts) as amount
        having count(distinct day) = cast(:after as date) - cast(:first as date)) profile on true),
totals as (
    select account, resource, unit, max(zones) as zones, bool_or(ratio <> 1) as transformed, sum(used) as used
    from used group by account, resource, unit having bool_and(whole and used is not null))
insert into similar_homes_bin (provider, period, resource, unit, zones, transformed, bin, homes)
select :provider, :period, resource, unit, zones, transformed,
       floor(ln(cast(used as float8)) / ln(cast(:step as float8))), count(*)
from totals where used > 0 group by 3, 4, 5, 6, 7
on conflict (provider, period, resource, unit, zones, transformed, bin)
    do update set homes = similar_homes_bin.homes + excluded.homes
"""

QUARTILES = """
with running as (
    select resource, unit, zones, transformed, bin, sum(homes) over class as homes,
           sum(homes) over (class order by bin) as upto
    from similar_homes_bin where provider = :provider and period = :period
    window class as (partition by resource, unit, zones, transformed))
select resource, unit, zones, transformed, cast(homes as int) as homes,
       min(bin) filter (where upto >= homes * 0.25) as lower,
       min(bin) filter (where upto >= homes * 0.5) as median,
       min(bin) filter (where upto >= homes * 0.75) as upper
from running group by resource, unit, zones, transformed, homes having homes >= :fewest
"""


class Quartiles(NamedTuple):
    """What homes of a class used in a month."""

    resource: str
    unit: str
    zones: int
    transformed: bool
    homes: int
    lower: Decimal
    median: Decimal
    upper: Decimal


def open_run(tx: Transaction, provider: str, months: list[str]) -> Row | None:
    """The newest month that was not compared to its end, locked: period and cursor. None if all were."""
    tx.run(
        """insert into similar_homes_run (provider, period)
           select :provider, unnest(cast(:months as text[])) on conflict do nothing""",
        provider=provider,
        months=months,
    )
    return tx.row(
        """select period, cursor::text from similar_homes_run
           where provider = :provider and finished_at is null and period = any(cast(:months as text[]))
           order by period desc limit 1 for update""",
        provider=provider,
        months=months,
    )


def page_end(tx: Transaction, provider: str, cursor: str, size: int) -> str | None:
    """The last account of the next page; None if there is no account left."""
    found: str | None = tx.value(
        """select max(cast(account as text)) from (
               select distinct account from meter where provider = :provider and account > cast(:cursor as uuid)
               order by account limit :size) page""",
        provider=provider,
        cursor=cursor,
        size=size,
    )
    return found


def fill_bins(
    tx: Transaction,
    *,
    provider: str,
    period: str,
    before: str,
    cursor: str,
    until: str,
    first: date,
    after: date,
    opened: tuple[datetime, datetime],
    closed: tuple[datetime, datetime],
    step: Decimal,
) -> None:
    """Count a page of accounts (above ``cursor``, up to ``until``) into the bins of a month. ``opened`` and ``closed``
    bound the moments of the readings that close the month before, and the month."""
    tx.run(
        FILL_BINS,
        provider=provider,
        period=period,
        before=before,
        cursor=cursor,
        until=until,
        first=first,
        after=after,
        opened_since=opened[0],
        opened_until=opened[1],
        closed_since=closed[0],
        closed_until=closed[1],
        step=step,
    )


def move_cursor(tx: Transaction, provider: str, period: str, cursor: str) -> None:
    """The page is counted."""
    tx.run(
        """update similar_homes_run set cursor = cast(:cursor as uuid)
           where provider = :provider and period = :period""",
        provider=provider,
        period=period,
        cursor=cursor,
    )


def quartile_bins(tx: Transaction, provider: str, period: str, fewest: int) -> list[Row]:
    """By class of at least ``fewest`` homes: the bins of its quartiles."""
    return tx.rows(QUARTILES, provider=provider, period=period, fewest=fewest)


def finish(tx: Transaction, provider: str, period: str, rows: list[Quartiles], at: datetime) -> None:
    """Keep the quartiles, forget the bins."""
    if rows:
        tx.run(
            """insert into similar_homes
                   (provider, period, resource, unit, zones, transformed, homes, lower, median, upper)
               select :provider, :period, * from unnest(cast(:resource as text[]), cast(:unit as text[]),
                   cast(:zones as smallint[]), cast(:transformed as boolean[]), cast(:homes as int[]),
                   cast(:lower as numeric[]), cast(:median as numeric[]), cast(:upper as numeric[]))
               on conflict (provider, period, resource, unit, zones, transformed) do update
               set homes = excluded.homes, lower = excluded.lower, median = excluded.median,
                   upper = excluded.upper""",
            provider=provider,
            period=period,
            **{name: [getattr(row, name) for row in rows] for name in Quartiles._fields},
        )
    tx.run(
        "delete from similar_homes_bin where provider = :provider and period = :period",
        provider=provider,
        period=period,
    )
    tx.run(
        "update similar_homes_run set finished_at = :at where provider = :provider and period = :period",
        provider=provider,
        period=period,
        at=at,
    )


def of_classes(
    tx: Transaction, provider: str, classes: list[tuple[str, str, int, bool]], first: str, last: str
) -> list[Row]:
    """Quartiles of (resource, unit, zones, transformed) for months from ``first`` to ``last``."""
    return tx.rows(
        """select s.period, s.resource, s.unit, s.homes, s.lower, s.median, s.upper from similar_homes s
           join unnest(cast(:resources as text[]), cast(:units as text[]), cast(:zones as smallint[]),
                       cast(:transformed as boolean[])) as asked(resource, unit, zones, transformed)
             on s.resource = asked.resource and s.unit = asked.unit and s.zones = asked.zones
                and s.transformed = asked.transformed
           where s.provider = :provider and s.period between :first and :last""",
        provider=provider,
        resources=[one[0] for one in classes],
        units=[one[1] for one in classes],
        zones=[one[2] for one in classes],
        transformed=[one[3] for one in classes],
        first=first,
        last=last,
    )
