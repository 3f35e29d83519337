"""Register readings of automated meters that are to be judged, and what came of it.

A reading that was looked at and passed needs no mark of its own: all that came up to ``judged_to`` was looked at. One
that did not pass is withheld: it counts for nothing (``superseded_at``) until staff decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from services.metering.domain.vee.marks import EDITED, QUESTIONABLE, VALIDATED
from services.metering.store import progress
from services.metering.store.progress import OVERLAP

Row = Mapping[str, Any]

SLICE = timedelta(minutes=1)
# No readings further apart say anything of each other; of the use before, so much is looked at.
REACH = timedelta(days=100)
HISTORY = timedelta(days=60)
FIRST = "select min(received_at) from register_reading where source = 'ami'"


def next_slice(tx: Transaction, now: datetime) -> tuple[datetime, datetime] | None:
    """What arrived from when to when is to be judged next, under a lock; None if all was."""
    since = progress.since(tx, "judged_to", now, FIRST)
    if since >= now:
        tx.run("update vee_progress set judged_to = :now where judged_to is null", now=now)
        return None
    following = tx.value(
        """select min(received_at) from register_reading
           where received_at > :since and received_at <= :now and source = 'ami'""",
        since=since,
        now=now,
    )
    if following is None:
        return since, now
    return since, min(max(since, following - timedelta(microseconds=1)) + SLICE, now)


def judged(tx: Transaction, until: datetime) -> None:
    """All that came up to this moment is."""
    progress.note(tx, "judged_to", until)


# A reading beside the one before it and the one after it, what the register counted a day before that, and the sum of
# intervals since, where days that passed cover all of that time.
ARRIVED = """
select r.meter::text, r.register, r.at, r.version, r.value, m.provider, m.resource, m.digits, m.decimals, m.ratio,
       before.value as before, before.at as before_at, after.value as after, after.at as after_at,
       cast(before.value - oldest.value as numeric) as earlier, before.at - oldest.at as earlier_time,
       sums.total as intervals
from register_reading r
join meter m on m.id = r.meter
join register g on g.meter = r.meter and g.code = r.register
left join lateral (
    select b.value, b.at from register_reading b
    where b.meter = r.meter and b.register = r.register and b.superseded_at is null
      and b.at < r.at and b.at >= r.at - cast(:reach as interval)
    order by b.at desc limit 1) before on true
left join lateral (
    select b.value, b.at from register_reading b
    where b.meter = r.meter and b.register = r.register and b.superseded_at is null
      and b.at > r.at and b.at <= r.at + cast(:reach as interval)
    order by b.at limit 1) after on true
left join lateral (
    select b.value, b.at from register_reading b
    where b.meter = r.meter and b.register = r.register and b.superseded_at is null
      and b.at < before.at and b.at >= before.at - cast(:history as interval)
    order by b.at limit 1) oldest on true
left join lateral (
    select sum(c.total) as total from interval_day_checked c
    where c.meter = r.meter and c.channel = case g.direction when 'export' then '2.29.0' else '1.29.0' end
      and c.day between cast(before.at - interval '1 day' as date) and cast(r.at + interval '1 day' as date)
      and c.starts_at >= before.at and c.starts_at < r.at
      and (select count(*) from register o where o.meter = r.meter and o.direction = g.direction) = 1
    having bool_and(c.passed) and min(c.starts_at) = before.at
       and sum(cardinality(c.amounts) * c.step) * interval '1 minute' = r.at - before.at
       and bool_and(c.marks <@ array[cast(17 as smallint), cast(7 as smallint)])) sums on true
where r.received_at > :since and r.received_at <= :until and r.source = 'ami' and r.superseded_at is null
  and not exists (select from register_finding f where f.meter = r.meter and f.register = r.register and f.at = r.at
                  and f.version = r.version)
"""


def arrived(tx: Transaction, since: datetime, until: datetime) -> list[Row]:
    """Readings that came in a slice of time, with what each is judged by."""
    return tx.rows(ARRIVED, since=since - OVERLAP, until=until, reach=REACH, history=HISTORY)


def withhold(tx: Transaction, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """The columns of register_finding each: the readings count for nothing until somebody decides."""
    if not rows:
        return
    insert_rows(
        tx,
        "register_finding",
        {
            "id": "uuid",
            "provider": "text",
            "meter": "uuid",
            "register": "text",
            "at": "timestamptz",
            "version": "int",
            "rule": "text",
            "found": "numeric",
            "expected": "numeric",
            "found_at": "timestamptz",
        },
        rows,
    )
    tx.run(
        """update register_reading r set quality = :questionable, superseded_at = :now
           from unnest(cast(:meters as uuid[]), cast(:registers as text[]), cast(:ats as timestamptz[]),
                       cast(:versions as int[])) as held(meter, register, at, version)
           where r.meter = held.meter and r.register = held.register and r.at = held.at and r.version = held.version
             and r.at between :first and :last""",
        questionable=QUESTIONABLE,
        now=at,
        meters=[row["meter"] for row in rows],
        registers=[row["register"] for row in rows],
        ats=[row["at"] for row in rows],
        versions=[row["version"] for row in rows],
        first=min(row["at"] for row in rows),
        last=max(row["at"] for row in rows),
    )


SHOWN = """f.id::text as finding, f.meter::text, m.serial, m.account::text, m.resource, m.unit, f.register, f.at,
    f.rule, r.value, f.found, f.expected, f.found_at, f.decision, f.decided_at, f.reason"""
FROM = """from register_finding f join meter m on m.id = f.meter
    join register_reading r
      on r.meter = f.meter and r.register = f.register and r.at = f.at and r.version = f.version"""
#: The head end has sent another value since: what it sent first is of no matter any more.
CORRECTED = """exists (select from register_reading n where n.meter = f.meter and n.register = f.register
    and n.at = f.at and n.version > f.version)"""


def listed(
    tx: Transaction, provider: str, *, decided: bool, serial: str | None, before: str | None, limit: int
) -> list[Row]:
    """Readings that are withheld and were not corrected meanwhile, or were decided on, the newest first; ``before`` is
    the id of the last one seen."""
    return tx.rows(
        f"""select {SHOWN} {FROM}
            where f.provider = :provider and (f.decided_at is not null) = :decided
              and (:decided or not {CORRECTED})
              and (cast(:serial as text) is null or m.serial = :serial)
              and (cast(:before as uuid) is null or f.id < cast(:before as uuid))
            order by f.id desc limit :limit""",
        provider=provider,
        decided=decided,
        serial=serial,
        before=before,
        limit=limit,
    )


def finding(tx: Transaction, finding_id: str, *, lock: bool = False) -> Row | None:
    """One of them."""
    return tx.row(
        f"""select {SHOWN}, f.version, m.digits, m.decimals, r.period, {CORRECTED} as corrected
            {FROM} where f.id = cast(:id as uuid)
            {"for update of f" if lock else ""}""",
        id=finding_id,
    )


def decide(tx: Transaction, finding_id: str, decision: str, by: str, reason: str, at: datetime) -> None:
    """What became of it, by whom and why."""
    tx.run(
        """update register_finding set decision = :decision, decided_by = cast(:by as uuid), decided_at = :at,
               reason = :reason
           where id = cast(:id as uuid)""",
        decision=decision,
        by=by,
        at=at,
        reason=reason,
        id=finding_id,
    )


def release(tx: Transaction, row: Row) -> None:
    """The reading counts as it came."""
    tx.run(
        """update register_reading set quality = :validated, superseded_at = null
           where meter = cast(:meter as uuid) and register = :register and at = :at and version = :version""",
        validated=VALIDATED,
        meter=row["meter"],
        register=row["register"],
        at=row["at"],
        version=row["version"],
    )


def replace(tx: Transaction, row: Row, value: Decimal, at: datetime) -> None:
    """Another value counts in its place; the one that came is kept."""
    tx.run(
        """insert into register_reading (meter, register, at, version, value, period, source, quality, received_at)
           select cast(:meter as uuid), :register, :at, max(version) + 1, :value, :period, 'ami', :edited, :now
           from register_reading where meter = cast(:meter as uuid) and register = :register and at = :at""",
        meter=row["meter"],
        register=row["register"],
        at=row["at"],
        value=value,
        period=row["period"],
        edited=EDITED,
        now=at,
    )
