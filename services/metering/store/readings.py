"""Register readings and submissions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period

Row = Mapping[str, Any]


class NewReading(NamedTuple):
    """A register reading to store."""

    meter: str
    register: str
    at: datetime
    value: Decimal
    period: str
    source: str
    submission: str | None


def last_before(tx: Transaction, meter: str, period: str) -> dict[str, Row]:
    """By register: the last reading of a period before this one."""
    rows = tx.rows(
        """select distinct on (register) register, value, at, period, source from register_reading
           where meter = cast(:meter as uuid) and superseded_at is null and period < :period
           order by register, period desc, at desc""",
        meter=meter,
        period=period,
    )
    return {row["register"]: row for row in rows}


def averages(tx: Transaction, meter: str, period: str) -> dict[str, Decimal]:
    """By register: the average monthly difference over the last year before the period."""
    rows = tx.rows(
        """with monthly as (
               select register, period, max(value) as value from register_reading
               where meter = cast(:meter as uuid) and superseded_at is null
                 and period < :period and period >= :since
               group by register, period),
           steps as (
               select register, value - lag(value) over (partition by register order by period) as used
               from monthly)
           select register, avg(used) as average from steps where used >= 0 group by register""",
        meter=meter,
        period=period,
        since=f"{int(period[:4]) - 1:04d}{period[4:]}",
    )
    return {row["register"]: row["average"] for row in rows}


def add_submission(
    tx: Transaction,
    submission: str,
    *,
    meter: str,
    account: str,
    period: str,
    taken_at: datetime,
    source: str,
    in_time: bool,
    person: str | None,
    at: datetime,
) -> None:
    """What was sent in one go."""
    tx.run(
        """insert into submission (id, meter, account, period, taken_at, source, in_time, person, created_at)
           values (cast(:id as uuid), cast(:meter as uuid), cast(:account as uuid), :period, :taken_at, :source,
                   :in_time, cast(:person as uuid), :at)""",
        id=submission,
        meter=meter,
        account=account,
        period=period,
        taken_at=taken_at,
        source=source,
        in_time=in_time,
        person=person,
        at=at,
    )


def add(tx: Transaction, rows: list[NewReading], received_at: datetime) -> set[tuple[str, str, datetime]]:
    """Store readings that have no reading at their moment yet; the keys of those stored."""
    if not rows:
        return set()
    stored = tx.rows(
        """insert into register_reading
               (meter, register, at, version, value, period, source, submission, received_at)
           select meter, register, at, 1, value, period, source, submission, :received_at
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
               (meter, register, at, version, value, period, source, submission, received_at)
           select new.meter, new.register, new.at,
                  coalesce((select max(version) from register_reading r where r.meter = new.meter
                            and r.register = new.register and r.at = new.at), 0) + 1,
                  new.value, new.period, new.source, new.submission, :received_at
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


def current(tx: Transaction, keys: list[tuple[str, str, datetime]]) -> dict[tuple[str, str, datetime], Row]:
    """The newest version at each key, locked; ``counts`` is false where it was withdrawn by a correction by hand."""
    if not keys:
        return {}
    rows = tx.rows(
        """select r.meter::text, r.register, r.at, r.version, r.value, r.superseded_at is null as counts
           from register_reading r
           join unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]))
                as asked(meter, register, at)
             on r.meter = asked.meter and r.register = asked.register and r.at = asked.at
           order by r.meter, r.register, r.at, r.version for update of r""",
        meters=[key[0] for key in keys],
        registers=[key[1] for key in keys],
        ats=[key[2] for key in keys],
    )
    return {(row["meter"], row["register"], row["at"]): row for row in rows}


def correct(tx: Transaction, row: NewReading, version: int, received_at: datetime) -> None:
    """A new version; the old one is kept."""
    tx.run(
        """update register_reading set superseded_at = :at where meter = cast(:meter as uuid)
           and register = :register and at = :moment and version = :old and superseded_at is null""",
        at=received_at,
        meter=row.meter,
        register=row.register,
        moment=row.at,
        old=version,
    )
    tx.run(
        """insert into register_reading
               (meter, register, at, version, value, period, source, submission, received_at)
           values (cast(:meter as uuid), :register, :moment, :version, :value, :period, :source,
                   cast(:submission as uuid), :at)""",
        meter=row.meter,
        register=row.register,
        moment=row.at,
        version=version + 1,
        value=row.value,
        period=row.period,
        source=row.source,
        submission=row.submission,
        at=received_at,
    )


def supersede_period(tx: Transaction, meter: str, period: str, at: datetime) -> int:
    """A correction by hand within the window: the period's earlier submissions are kept but no longer count."""
    return tx.run(
        """update register_reading set superseded_at = :at where meter = cast(:meter as uuid)
           and period = :period and superseded_at is null and submission is not null""",
        at=at,
        meter=meter,
        period=period,
    )


# For every account asked: the closing reading of the period and the last one before it, by register.
QUANTITIES = """
with asked as (
    select m.id, m.account, m.serial, m.resource, m.unit, m.digits, m.ratio, m.installed_on, r.code, r.zone
    from meter m join register r on r.meter = m.id
    where m.provider = :provider and m.account = any(cast(:accounts as uuid[])) and m.removed_on is null
      and m.installed_on < cast(:after as date))
select asked.account::text, asked.id::text as meter, asked.serial, asked.resource, asked.unit, asked.zone,
       asked.code as register, asked.ratio, asked.digits,
       opening.value as opening, opening.at as opening_at, opening.source as opening_source,
       closing.value as closing, closing.at as closing_at, closing.source as closing_source
from asked
left join lateral (
    select value, at, source from register_reading r
    where r.meter = asked.id and r.register = asked.code and r.superseded_at is null and r.period = :period
    order by at desc limit 1) closing on true
left join lateral (
    select value, at, source from register_reading r
    where r.meter = asked.id and r.register = asked.code and r.superseded_at is null and r.period < :period
    order by period desc, at desc limit 1) opening on true
order by asked.account, asked.resource, asked.serial, asked.code
"""


def quantities(tx: Transaction, provider: str, period: str, accounts: list[str]) -> list[Row]:
    """Opening and closing reading of each register of the accounts' meters in a period."""
    after = parse_period(next_period(period))
    return tx.rows(QUANTITIES, provider=provider, period=period, accounts=accounts, after=after)


def latest(tx: Transaction, meters: list[str]) -> list[Row]:
    """The last reading of each register of the meters."""
    return tx.rows(
        """select distinct on (r.meter, r.register) r.meter::text, r.register, g.zone, r.value, r.at, r.period,
                  r.source
           from register_reading r join register g on g.meter = r.meter and g.code = r.register
           where r.meter = any(cast(:meters as uuid[])) and r.superseded_at is null
           order by r.meter, r.register, r.period desc, r.at desc""",
        meters=meters,
    )


def history(tx: Transaction, accounts: list[str], before: datetime | None, limit: int) -> list[Row]:
    """Submissions of accounts with their values, newest first; corrected ones are marked."""
    return tx.rows(
        """select s.id::text as reading, s.account::text, s.meter::text, m.serial, m.provider, m.resource, m.unit,
                  s.period, s.taken_at, s.source, s.in_time, s.created_at,
                  (select jsonb_agg(jsonb_build_object('register', v.register, 'zone', g.zone, 'value',
                          v.value::text, 'corrected', v.superseded_at is not null) order by v.register)
                   from register_reading v join register g on g.meter = v.meter and g.code = v.register
                   where v.submission = s.id and v.meter = s.meter) as "values"
           from submission s join meter m on m.id = s.meter
           where s.account = any(cast(:accounts as uuid[]))
             and (cast(:before as timestamptz) is null or s.created_at < :before)
           order by s.created_at desc limit :limit""",
        accounts=accounts,
        before=before,
        limit=limit,
    )
