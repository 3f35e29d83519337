"""Counted attempts: in no span of time do more pass than a limit says, however many come at once.

One row a limit and key, with the moments inside the limit's span. A key is kept as a digest: no address and no number
stands in the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from chassis.transaction import Transaction


class Claim(NamedTuple):
    """An attempt under a limit of ``most`` within ``span``."""

    kind: str
    key: str
    most: int
    span: timedelta


def count(tx: Transaction, claims: Iterable[Claim], at: datetime) -> list[Claim]:
    """Count one attempt under each claim; the claims that are refused, which count nothing.

    One statement, which locks its rows in one order.
    """
    wanted = sorted(set(claims))
    if not wanted:
        return []
    digests = [_digest(claim.kind, claim.key) for claim in wanted]
    rows = tx.rows(
        """insert into attempt as known (kind, key, span, most, times, until)
           select kind, key, span, most, array[cast(:at as timestamptz)], :at + span
           from unnest(cast(:kinds as text[]), cast(:keys as text[]), cast(:spans as interval[]),
                       cast(:most as int[])) as claim(kind, key, span, most) order by kind, key, span
           on conflict (kind, key, span) do update set
               times = array(select t from unnest(known.times) t where t > :at - known.span order by t)
                       || excluded.times,
               most = excluded.most, until = excluded.until
           where (select count(*) from unnest(known.times) t where t > :at - known.span) < excluded.most
           returning kind, key, span""",
        kinds=[claim.kind for claim in wanted],
        keys=digests,
        spans=[claim.span for claim in wanted],
        most=[claim.most for claim in wanted],
        at=at,
    )
    passed = {(row["kind"], row["key"], row["span"]) for row in rows}
    return [
        claim
        for claim, digest in zip(wanted, digests, strict=True)
        if (claim.kind, digest, claim.span) not in passed
    ]


def counted(tx: Transaction, kind: str, key: str, span: timedelta, at: datetime) -> int:
    """How often it was tried within the span."""
    found: int = tx.value(
        """select count(*) from attempt, unnest(times) t
           where kind = :kind and key = :key and span = :span and t > :at - span""",
        kind=kind,
        key=_digest(kind, key),
        span=span,
        at=at,
    )
    return found


def forget(tx: Transaction, now: datetime) -> int:
    """Those that limit nothing any more."""
    return tx.run("delete from attempt where until < :now", now=now)


def _digest(kind: str, key: str) -> str:
    return hashlib.sha256(f"{kind}/{key}".encode()).hexdigest()
