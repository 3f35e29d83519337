"""Where receipts go, and what is held on a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction

Row = Mapping[str, Any]


def save_contact(tx: Transaction, person: str, channel: str, address: str, at: datetime) -> None:
    """Where the fiscal operator may send the receipt."""
    tx.run(
        """insert into contact (person, channel, address, at)
           values (cast(:person as uuid), :channel, :address, :at)
           on conflict (person, channel) do update set address = excluded.address, at = excluded.at
           where contact.at <= excluded.at""",
        person=person,
        channel=channel,
        address=address,
        at=at,
    )


def contacts(tx: Transaction, person: str) -> dict[str, str]:
    """Address by channel."""
    rows = tx.rows(
        "select channel, address from contact where person = cast(:person as uuid) and address <> ''",
        person=person,
    )
    return {row["channel"]: row["address"] for row in rows}


def erase_contacts(tx: Transaction, person: str, at: datetime) -> None:
    """The rows stay, empty: an address that was confirmed before and comes late is older than they are (ID-9)."""
    for channel in ("phone", "email"):
        save_contact(tx, person, channel, "", at)


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table (ID-9)."""
    statements = {
        "contact": """select to_jsonb(t) as row from contact t
                      where person = cast(:person as uuid) and address <> '' order by channel""",
        "payment": """select to_jsonb(t) - array['idempotency_key', 'fingerprint'] as row from payment t
                      where person = cast(:person as uuid) order by created_at, id""",
        "payment_part": """select to_jsonb(t) as row from payment_part t join payment p on p.id = t.payment
                           where p.person = cast(:person as uuid) order by p.created_at, p.id, t.account""",
        "receipt": """select to_jsonb(t) as row from receipt t join payment p on p.id = t.payment
                      where p.person = cast(:person as uuid) order by p.created_at, p.id""",
        "access": ACCESS,
    }
    return rows_by_table(tx, statements, person)
