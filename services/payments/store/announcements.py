"""Money that the ledger has not confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction
from services.payments.domain.orders import Part
from services.payments.store.due import FAR
from services.payments.store.payments import COLUMNS

Row = Mapping[str, Any]


def part_posted(tx: Transaction, payment_id: str, account: str, at: datetime) -> None:
    """The ledger has it. With the last part nothing is left to be announced again."""
    tx.run(
        """update payment_part set posted_at = :at
           where payment = cast(:id as uuid) and account = cast(:account as uuid) and posted_at is null""",
        at=at,
        id=payment_id,
        account=account,
    )
    tx.run(
        """update payment p set announce_at = null where p.id = cast(:id as uuid) and p.announce_at is not null
           and not exists (select from payment_part t where t.payment = p.id and t.posted_at is null)""",
        id=payment_id,
    )


def claim_unposted(tx: Transaction, now: datetime, limit: int) -> list[Row]:
    """Payments that are due to be announced again, locked."""
    return tx.rows(
        f"""select {COLUMNS} from payment
            where announce_at is not null and (announce_at <= :now or announce_at > :later)
            order by announce_at limit :limit for update skip locked""",
        now=now,
        later=now + FAR,
        limit=limit,
    )


def set_announced(tx: Transaction, following: Mapping[str, datetime]) -> None:
    """These payments once more; by payment, when the next time would be."""
    if not following:
        return
    tx.run(
        """update payment p set announced = p.announced + 1, announce_at = told.at
           from unnest(cast(:payments as uuid[]), cast(:ats as timestamptz[])) as told(payment, at)
           where p.id = told.payment""",
        payments=list(following),
        ats=list(following.values()),
    )


def unposted(tx: Transaction) -> tuple[int, datetime | None]:
    """How many were announced more than once in vain, and when the next of all that wait is due."""
    [row] = tx.rows(
        """select count(*) filter (where announced > 1) as late, min(announce_at) as following from payment
           where announce_at is not null"""
    )
    return row["late"], row["following"]


def parts_of(tx: Transaction, payments: list[str]) -> dict[str, list[Part]]:
    """Parts by payment."""
    found: dict[str, list[Part]] = {payment: [] for payment in payments}
    if payments:
        for row in tx.rows(
            """select payment::text, account::text, provider, number, amount from payment_part
               where payment = any(cast(:payments as uuid[])) order by payment, provider, number""",
            payments=payments,
        ):
            found[row["payment"]].append(Part(row["account"], row["provider"], row["number"], row["amount"]))
    return found
