"""Webhooks as they came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def store_webhook(
    tx: Transaction,
    webhook: str,
    system: str,
    object_id: str,
    event: str,
    body: str,
    remote: str,
    at: datetime,
) -> Row:
    """Keep it, or count one more of the same; (id, handled_at)."""
    row = tx.row(
        """insert into webhook (id, system, object_id, event, body, remote, received_at)
           values (cast(:id as uuid), :system, :object, :event, :body, :remote, :at)
           on conflict (system, object_id, event) do update set times = webhook.times + 1
           returning id::text, handled_at""",
        id=webhook,
        system=system,
        object=object_id,
        event=event,
        body=body,
        remote=remote,
        at=at,
    )
    assert row is not None
    return row


def webhook_handled(tx: Transaction, webhook: str, outcome: str, at: datetime) -> None:
    """What became of it."""
    tx.run(
        "update webhook set outcome = :outcome, handled_at = :at where id = cast(:id as uuid)",
        outcome=outcome,
        at=at,
        id=webhook,
    )
