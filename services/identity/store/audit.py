"""The audit log. Triggers refuse every change of what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]
PAGE = 1_000


def lock_end(tx: Transaction) -> Row | None:
    """The last entry; nobody else appends until the end of the transaction."""
    tx.run("select pg_advisory_xact_lock(hashtextextended('identity.audit', 0))")
    return tx.row("select position, digest from audit_entry order by position desc limit 1")


def append(tx: Transaction, entry: Mapping[str, Any]) -> None:
    """One entry with its digest."""
    tx.run(
        """insert into audit_entry (position, service, action, person, roles, operation, kind, outcome, at, targets,
                                    request, previous, digest)
           values (:position, :service, cast(:action as uuid), cast(:person as uuid), cast(:roles as text[]),
                   :operation, :kind, :outcome, :at, cast(:targets as jsonb), :request, :previous, :digest)""",
        **{**entry, "targets": json.dumps(entry["targets"])},
    )


def entries(
    tx: Transaction,
    *,
    person: str | None,
    service: str | None,
    operation: str | None,
    targets: Mapping[str, list[str]],
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> list[Row]:
    """A page, newest first; a filter that is None or empty holds nothing back. ``since`` is inclusive."""
    return tx.rows(
        """select position, service, action::text, person::text, roles, operation, kind, outcome, at, targets, request,
                  digest
           from audit_entry
           where (cast(:before as bigint) is null or position < :before)
             and (cast(:person as uuid) is null or person = cast(:person as uuid))
             and (cast(:service as text) is null or service = :service)
             and (cast(:operation as text) is null or operation = :operation)
             and (cast(:since as timestamptz) is null or at >= :since)
             and (cast(:until as timestamptz) is null or at < :until)
             and targets @> cast(:targets as jsonb)
           order by position desc limit :limit""",
        person=person,
        service=service,
        operation=operation,
        targets=json.dumps(dict(targets)),
        since=since,
        until=until,
        before=before,
        limit=limit,
    )


def every_entry(tx: Transaction) -> Iterator[Row]:
    """All, oldest first, a page at a time."""
    after = 0
    while True:
        page = tx.rows(
            """select position, service, action::text, person::text, roles, operation, kind, outcome, at, targets,
                      request, previous, digest
               from audit_entry where position > :after order by position limit :page""",
            after=after,
            page=PAGE,
        )
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1]["position"]
