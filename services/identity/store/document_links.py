"""Links that open a document once. The secret is not kept, only its digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add(
    tx: Transaction, digest: str, session: str, document: Mapping[str, Any], expires_at: datetime
) -> bool:
    """A link of a session. False where that has ended."""
    return (
        tx.run(
            """insert into document_link (digest, session, document, expires_at)
               select :digest, s.id, cast(:document as jsonb), :expires from session s
               where s.id = cast(:session as uuid) and s.state = 'open'""",
            digest=digest,
            session=session,
            document=json.dumps(document),
            expires=expires_at,
        )
        == 1
    )


def take(tx: Transaction, digest: str, now: datetime) -> Row | None:
    """The document with its person, once; None where the link was used, is over, or its session has ended."""
    return tx.row(
        """delete from document_link l using session s
           where l.digest = :digest and l.expires_at > :now and s.id = l.session and s.state = 'open'
           returning l.document, s.id::text as session, s.person::text""",
        digest=digest,
        now=now,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Those that nobody opened in time."""
    return tx.run("delete from document_link where expires_at <= :before", before=before)
