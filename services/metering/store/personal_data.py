"""What metering holds on a person (ID-9)."""

from __future__ import annotations

from typing import Any, Final

from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction

_SHOWN: Final = {
    "submission": """select to_jsonb(t) || jsonb_build_object('values', (
                         select coalesce(jsonb_object_agg(r.register, r.value::text), '{}') from register_reading r
                         where r.meter = t.meter and r.submission = t.id)) as row
                     from submission t where person = cast(:person as uuid) order by created_at, id""",
    "access": ACCESS,
}


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table; each submission with its values by register."""
    return rows_by_table(tx, _SHOWN, person)
