"""Register readings and submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period
from contracts.sources import CONTROL, ESTIMATE, OPERATOR, PEOPLE

Row = Mapping[str, Any]

SUBMISSION = {
    "id": "uuid",
    "meter": "uuid",
    "account": "uuid",
    "period": "text",
    "taken_at": "timestamptz",
    "source": "text",
    "in_time": "boolean",
    "person": "uuid",
    "created_at": "timestamptz",
}


class NewReading(NamedTuple):
    """A register reading to store."""

    meter: str
    register: str
    at: datetime
    value: Decimal
    period: str
    source: str
    submission: str | None


def around(tx: Transaction, asked: Sequence[tuple[str, str]]) -> list[Row]:
    """For each (meter, period) and register: the last reading of an earlier period, the first of a later one, and
    the control reading of the period itself, which people's readings cannot fall behind."""
    return tx.rows(
        """select asked.meter::text, g.code as register, g.zone, before.value as previous,
                  before.at as previous_at, following.value as following, control.value as control
           from unnest(cast(:meters as uuid[]), cast(:periods as text[])) as asked(meter, period)
           join register g on g.meter = asked.meter
           left join lateral (
               select value, at from register_reading r
               where r.meter = asked.meter and r.register = g.code and r.superseded_at is null
                 and r.period < asked.period
               order by period desc, at desc limit 1) before on true
           left join lateral (
               select value from register_reading r
               where r.meter = asked.meter and r.register = g.code and r.superseded_at is null
                 and r.period > asked.period
               order by period, at limit 1) following on true
           left join lateral (
               select value from register_reading r
               where r.meter = asked.meter and r.register = g.code and r.superseded_at is null
                 and r.period = asked.period and r.source = 'control'
               order by at desc limit 1) control on true""",
        meters=[meter for meter, _ in asked],
        periods=[period for _, period in asked],
    )


def steps(tx: Transaction, meters: list[str], since: datetime) -> list[Row]:
    """What registers counted from period to period: (meter, register, until, days, used), the ratio applied.

    A meter that took another one's place has that one's steps, too: they are the customer's own.
    """
    return tx.rows(
        """with chain as (
               select m.id as asked, m.id as meter, m.ratio from meter m where m.id = any(cast(:meters as uuid[]))
               union all
               select m.id, o.id, o.ratio from meter m join meter o on o.id = m.replaces
               where m.id = any(cast(:meters as uuid[]))),
           monthly as (
               select distinct on (c.asked, r.meter, r.register, r.period) c.asked, r.meter, r.register, r.period,
                      r.value * c.ratio as value, r.at
               from chain c join register_reading r on r.meter = c.meter
               where r.superseded_at is null and r.at >= :since and r.source <> 'estimate'
               order by c.asked, r.meter, r.register, r.period, r.at desc),
           steps as (
               select asked, register, at, value - lag(value) over step as used,
                      cast(extract(epoch from at - lag(at) over step) / 86400 as int) as days
               from monthly window step as (partition by asked, meter, register order by period))
           select asked::text as meter, register, at as until, days, used from steps
           where used >= 0 and days > 0 order by asked, register, at""",
        meters=meters,
        since=since,
    )


def add_submissions(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """What was sent in one go, for each: id, meter, account, period, taken_at, source, in_time, person, at."""
    insert_rows(tx, "submission", SUBMISSION, rows)


def submitted(tx: Transaction, asked: Sequence[tuple[str, str]]) -> list[Row]:
    """The readings that people's submissions hold for (meter, period) each, with their moments."""
    return tx.rows(
        """select r.meter::text, r.period, r.register, r.value, r.at, r.source
           from unnest(cast(:meters as uuid[]), cast(:periods as text[])) as asked(meter, period)
           join register_reading r on r.meter = asked.meter and r.period = asked.period
           where r.superseded_at is null and r.submission is not null""",
        meters=[meter for meter, _ in asked],
        periods=[period for _, period in asked],
    )


def add(tx: Transaction, rows: list[NewReading], received_at: datetime) -> set[tuple[str, str, datetime]]:
    """Store readings that have no reading at their moment yet; the keys of those stored."""
    if not rows:
        return set()
    stored = tx.rows(
        """insert into register_reading
               (meter, register, at, version, value, period, source, quality, submission, received_at)
           select meter, register, at, 1, value, period, source, case source when 'estimate' then 8 else 17 end,
                  submission, :received_at
           from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]),
                       cast(:values as numeric[]), cast(:periods as text[]), cast(:sources as text[]),
                       cast(:submissions as uuid[]))
                as new(meter, register, at, value, period, source, submission)
           on conflict do nothing returning meter::text, register, at""",
        meters=[row.meter for row in rows],
        registers=[row.register for row in rows],
        ats=[row.at for row in rows],
        values=[row.value for row in rows],
        periods=[row.period for row in rows],
        sources=[row.source for row in rows],
        submissions=[row.submission for row in rows],
        received_at=received_at,
    )
    return {(row["meter"], row["register"], row["at"]) for row in stored}


def add_submitted(tx: Transaction, rows: list[NewReading], received_at: datetime) -> None:
    """Store a submission's readings as the newest version at their moment."""
    tx.run(
        """insert into register_reading
               (meter, register, at, version, value, period, source, quality, submission, received_at)
           select new.meter, new.register, new.at,
                  coalesce((select max(version) from register_reading r where r.meter = new.meter
                            and r.register = new.register and r.at = new.at), 0) + 1,
                  new.value, new.period, new.source, case new.source when 'estimate' then 8 else 17 end,
                  new.submission, :received_at
           from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]),
                       cast(:values as numeric[]), cast(:periods as text[]), cast(:sources as text[]),
                       cast(:submissions as uuid[]))
                as new(meter, register, at, value, period, source, submission)""",
        meters=[row.meter for row in rows],
        registers=[row.register for row in rows],
        ats=[row.at for row in rows],
        values=[row.value for row in rows],
        periods=[row.period for row in rows],
        sources=[row.source for row in rows],
        submissions=[row.submission for row in rows],
        received_at=received_at,
    )


def supersede(tx: Transaction, rows: Sequence[tuple[str, str, str]], at: datetime) -> set[str]:
    """(meter, period, source) each: the period's earlier submissions are kept, but no longer count. A control
    reading yields to another one only. The meters that had any."""
    touched = tx.rows(
        """update register_reading r set superseded_at = :at
           from unnest(cast(:meters as uuid[]), cast(:periods as text[]), cast(:controls as boolean[]))
                as new(meter, period, control)
           where r.meter = new.meter and r.period = new.period and r.superseded_at is null
             and r.submission is not null and (new.control or r.source <> 'control')
           returning r.meter::text""",
        at=at,
        meters=[row[0] for row in rows],
        periods=[row[1] for row in rows],
        controls=[row[2] == CONTROL for row in rows],
    )
    return {row["meter"] for row in touched}


def by_people(tx: Transaction, meter: str, until: datetime) -> list[Row]:
    """Readings that people sent of a meter up to a moment, oldest first."""
    return tx.rows(
        """select register, at, version, value from register_reading
           where meter = cast(:meter as uuid) and superseded_at is null and at <= :until and source = any(:people)
           order by at""",
        meter=meter,
        until=until,
        people=[*PEOPLE, OPERATOR, ESTIMATE],
    )


def withdraw(tx: Transaction, meter: str, keys: Sequence[tuple[str, datetime, int]], at: datetime) -> None:
    """(register, at, version) each: kept, but no longer counted."""
    tx.run(
        """update register_reading r set superseded_at = :now
           from unnest(cast(:registers as text[]), cast(:ats as timestamptz[]), cast(:versions as int[]))
                as old(register, at, version)
           where r.meter = cast(:meter as uuid) and r.register = old.register and r.at = old.at
             and r.version = old.version""",
        now=at,
        meter=meter,
        registers=[key[0] for key in keys],
        ats=[key[1] for key in keys],
        versions=[key[2] for key in keys],
    )


def withdraw_after(tx: Transaction, rows: Sequence[tuple[str, str]], at: datetime) -> None:
    """(meter, period) each: readings of later periods are kept, but no longer counted."""
    tx.run(
        """update register_reading r set superseded_at = :now
           from unnest(cast(:meters as uuid[]), cast(:periods as text[])) as gone(meter, period)
           where r.meter = gone.meter and r.period > gone.period and r.superseded_at is null""",
        now=at,
        meters=[row[0] for row in rows],
        periods=[row[1] for row in rows],
    )


# For every account asked: the closing reading of the period and the last one before it, by register. A meter that was
# replaced within the period stands beside the new one, which counts from its opening reading on, if need be zero.
QUANTITIES = """
with asked as (
    select m.id, m.account, m.serial, m.resource, m.unit, m.digits, m.ratio, m.installed_on, r.code, r.zone,
           r.direction, m.replaces is not null and m.installed_on >= cast(:first as date) as fresh
    from meter m join register r on r.meter = m.id
    where m.provider = :provider and m.account = any(cast(:accounts as uuid[]))
      and (m.removed_on is null or m.removed_on >= cast(:first as date))
      and m.installed_on < cast(:after as date))
select asked.account::text, asked.id::text as meter, asked.serial, asked.resource, asked.unit, asked.zone,
       asked.direction, asked.code as register, asked.ratio, asked.digits,
       opening.value as opening, opening.at as opening_at, opening.source as opening_source,
       opening.period as opening_period, closing.quality as closing_quality,
       case when born then opening.value else closing.value end as closing,
       case when born then opening.at else closing.at end as closing_at,
       case when born then opening.source else closing.source end as closing_source
from asked
left join lateral (
    select value, at, source, quality from register_reading r
    where r.meter = asked.id and r.register = asked.code and r.superseded_at is null and r.period = :period
    order by at desc limit 1) closing on true
left join lateral (
    select value, at, source, period from register_reading r
    where r.meter = asked.id and r.register = asked.code and r.superseded_at is null and r.period < :period
    order by period desc, at desc limit 1) opening on true
cross join lateral (select asked.fresh and closing.at is null as born) as new
order by asked.account, asked.resource, asked.installed_on, asked.serial, asked.code
"""


def quantities(tx: Transaction, provider: str, period: str, accounts: list[str]) -> list[Row]:
    """Opening and closing reading of each register of the accounts' meters in a period."""
    return tx.rows(
        QUANTITIES,
        provider=provider,
        period=period,
        accounts=accounts,
        first=parse_period(period),
        after=parse_period(next_period(period)),
    )


def latest(tx: Transaction, meters: list[str]) -> list[Row]:
    """The last reading of each register of the meters."""
    return tx.rows(
        """select g.meter::text, g.code as register, g.zone, r.value, r.at, r.period, r.source
           from register g cross join lateral (
               select value, at, period, source from register_reading r
               where r.meter = g.meter and r.register = g.code and r.superseded_at is null
               order by r.period desc, r.at desc limit 1) r
           where g.meter = any(cast(:meters as uuid[])) order by g.meter, g.code""",
        meters=meters,
    )


def versions(tx: Transaction, meter: str, before: datetime | None, limit: int) -> list[Row]:
    """Every version of every reading of a meter, the newest moment first: what was corrected is there, too (MT-6).
    The rows of a moment come together, so there may be a few more than the limit."""
    return tx.rows(
        """select * from (
               select r.register, g.zone, g.direction, r.at, r.version, r.value, r.period, r.source,
                      case when r.quality = 14 and r.received_at <= (select judged_to from vee_progress) then 17
                           else r.quality end as quality,
                      r.submission::text as reading, r.received_at, r.superseded_at
               from register_reading r join register g on g.meter = r.meter and g.code = r.register
               where r.meter = cast(:meter as uuid) and (cast(:before as timestamptz) is null or r.at < :before)
               order by r.at desc fetch first (:limit) rows with ties) page
           order by at desc, register, version desc""",
        meter=meter,
        before=before,
        limit=limit,
    )
