"""What people agreed to (ID-9)."""

from __future__ import annotations

from datetime import datetime

from chassis.transaction import Transaction


def add_consent(
    tx: Transaction, consent_id: str, person_id: str, document: str, version: str, at: datetime, source: str
) -> None:
    """Which text was agreed to, when, from where (ID-9)."""
    tx.run(
        """insert into consent (id, person, document, version, given_at, given_from)
           values (cast(:id as uuid), cast(:person as uuid), :document, :version, :at, :source)""",
        id=consent_id,
        person=person_id,
        document=document,
        version=version,
        at=at,
        source=source,
    )
