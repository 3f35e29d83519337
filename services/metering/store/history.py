"""Readings as a customer's history shows them (GW-3): what was sent in one go, and of automated meters the reading that
a month ended with. A head end sends one every day or hour; all of them a meter's own list has (MT-6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]

SENT = """
select s.id::text as reading, s.account::text, s.meter::text, m.serial, m.provider, m.resource, m.unit, s.period,
       s.taken_at, s.source, s.in_time, s.created_at,
       (select jsonb_agg(jsonb_build_object('register', v.register, 'zone', g.zone, 'value', v.value::text,
               'corrected', v.superseded_at is not null) order by v.register)
        from register_reading v join register g on g.meter = v.meter and g.code = v.register
        where v.submission = s.id and v.meter = s.meter and v.at = s.taken_at) as "values"
from submission s join meter m on m.id = s.meter
where s.account = any(cast(:accounts as uuid[]))
  and (cast(:provider as text) is null or m.provider = :provider)
  and (cast(:since as timestamptz) is null or s.created_at >= :since)
  and (cast(:before as timestamptz) is null or s.created_at < :before)
order by s.created_at desc limit :limit
"""
# Month by month backwards, at most five years, until there are enough or the meter was not there yet. Each is a look
# into one or two partitions: a month of a supplier's begins and ends less than a day from that of UTC. The generated
# months are the outer side of the join and come in their order, so the limit stops the looking. The id is made of what
# the item is: the meter and its month.
AUTOMATED = """
select md5(m.id::text || '/' || closing.period)::uuid::text as reading, m.account::text, m.id::text as meter, m.serial,
       m.provider, m.resource, m.unit, closing.period, closing.at as taken_at, 'ami' as source, true as in_time,
       closing.at as created_at, closing."values"
from meter m
cross join lateral (
    select month.period, last.at, last."values"
    from (select to_char(first, 'YYYY-MM') as period, first at time zone 'UTC' - interval '1 day' as since,
                 (first + interval '1 month') at time zone 'UTC' + interval '1 day' as until
          from generate_series(0, 59) n,
               lateral (select date_trunc('month', (cast(:newest as timestamptz) + interval '1 day') at time zone 'UTC')
                               - n * interval '1 month' as first) f
          where first + interval '1 month' >= m.installed_on
            and (cast(:since as timestamptz) is null or first + interval '32 days' >= :since at time zone 'UTC')) month
    cross join lateral (
        select max(r.at) as at,
               jsonb_agg(jsonb_build_object('register', g.code, 'zone', g.zone, 'value', r.value::text,
                         'corrected', false) order by g.code) as "values"
        from register g cross join lateral (
            select value, at from register_reading
            where meter = m.id and register = g.code and period = month.period and superseded_at is null
              and source = 'ami' and at >= month.since and at < month.until
            order by at desc limit 1) r
        where g.meter = m.id) last
    where last.at is not null
      and (cast(:since as timestamptz) is null or last.at >= :since)
      and (cast(:before as timestamptz) is null or last.at < :before)
    limit :limit) closing
where m.account = any(cast(:accounts as uuid[])) and m.automated
  and (cast(:provider as text) is null or m.provider = :provider)
order by closing.at desc limit :limit
"""


def history(
    tx: Transaction,
    accounts: list[str],
    *,
    provider: str | None,
    since: datetime | None,
    before: datetime | None,
    now: datetime,
    limit: int,
) -> list[Row]:
    """A page, newest first; sent ones that were corrected are marked."""
    return tx.rows(
        f"""select * from (({SENT}) union all ({AUTOMATED})) page order by created_at desc limit :limit""",
        accounts=accounts,
        provider=provider,
        since=since,
        before=before,
        newest=min(before, now) if before else now,
        limit=limit,
    )
