"""Alerts on use: episodes by meter, channel and kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]

COLUMNS = {
    "id": "uuid",
    "meter": "uuid",
    "channel": "text",
    "account": "uuid",
    "provider": "text",
    "kind": "text",
    "state": "text",
    "run": "smallint",
    "first_day": "date",
    "last_day": "date",
    "found": "bigint",
    "usual": "bigint",
    "raised_at": "timestamptz",
    "cleared_at": "timestamptz",
}


def open_ones(tx: Transaction, channels: Sequence[tuple[str, str]]) -> list[Row]:
    """Open alerts of channels, locked in one order for all."""
    return tx.rows(
        """select a.id::text, a.meter::text, a.channel, a.account::text, a.provider, a.kind, a.state, a.run,
                  a.first_day, a.last_day, a.found, a.usual, a.raised_at, a.cleared_at
           from usage_alert a join unnest(cast(:meters as uuid[]), cast(:channels as text[])) as asked(meter, channel)
             on a.meter = asked.meter and a.channel = asked.channel
           where a.state in ('watched', 'raised', 'easing') order by a.id for update of a""",
        meters=[meter for meter, _ in channels],
        channels=[channel for _, channel in channels],
    )


def uses(tx: Transaction, spans: Sequence[tuple[str, str, date, date]]) -> list[Row]:
    """What passed, by day, of channels, each from a first to a last day: (meter, channel, day, step, total, low)."""
    return tx.rows(
        """select c.meter::text, c.channel, c.day, c.step, c.total, c.low
           from unnest(cast(:meters as uuid[]), cast(:channels as text[]), cast(:firsts as date[]),
                       cast(:lasts as date[])) as a(meter, channel, first, last)
           join interval_day_checked c on c.meter = a.meter and c.channel = a.channel
             and c.day between a.first and a.last
           where c.passed order by c.meter, c.channel, c.day""",
        meters=[span[0] for span in spans],
        channels=[span[1] for span in spans],
        firsts=[span[2] for span in spans],
        lasts=[span[3] for span in spans],
    )


def save(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """New and changed alerts: the columns of usage_alert."""
    insert_rows(
        tx,
        "usage_alert",
        COLUMNS,
        rows,
        suffix="""on conflict (id) do update set state = excluded.state, run = excluded.run,
            last_day = excluded.last_day, found = excluded.found, usual = excluded.usual,
            raised_at = excluded.raised_at, cleared_at = excluded.cleared_at""",
    )


def of_accounts(
    tx: Transaction, accounts: Sequence[str], since: datetime | None, after: str | None, limit: int
) -> list[Row]:
    """Raised alerts of accounts, the newest first: those that stand, and with ``since`` those cleared after it.
    ``after`` is the last one seen."""
    return tx.rows(
        """select a.id::text as alert, a.account::text, a.meter::text, m.serial, m.resource, m.unit, a.channel, a.kind,
                  case when a.cleared_at is null then 'raised' else 'cleared' end as state,
                  a.first_day, a.last_day, a.found * m.ratio / 1000 as found, a.usual * m.ratio / 1000 as usual,
                  a.raised_at, a.cleared_at
           from usage_alert a join meter m on m.id = a.meter
           where a.account = any(cast(:accounts as uuid[])) and a.raised_at is not null
             and (a.cleared_at is null or a.cleared_at >= cast(:since as timestamptz))
             and (cast(:after as uuid) is null or (a.raised_at, a.id) < (
                  select seen.raised_at, seen.id from usage_alert seen where seen.id = cast(:after as uuid)))
           order by a.raised_at desc, a.id desc limit :limit""",
        accounts=accounts,
        since=since,
        after=after,
        limit=limit,
    )
