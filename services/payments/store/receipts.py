"""Fiscal receipts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.transaction import Transaction
from services.payments.store.due import FAR

Row = Mapping[str, Any]

CLAIMED = "payment::text, state, attempt, external_id, claims, failures, failure, next_at"
# A receipt is moved only by whoever claimed it last, and only from the state that it was claimed in.
MINE = "where payment = cast(:payment as uuid) and claims = :claims and state = :before"
SHOWN = """r.payment::text, r.state, r.operator, r.attempt, r.external_id, r.fiscal_drive, r.fiscal_document,
    r.fiscal_sign, r.registered_at, r.check_qr, r.failure"""


def want_receipt(tx: Transaction, payment_id: str, at: datetime) -> None:
    """One receipt a payment, to be registered as soon as may be."""
    tx.run(
        """insert into receipt (payment, state, operator, next_at) values (cast(:id as uuid), 'wanted', 'atol', :at)
           on conflict do nothing""",
        id=payment_id,
        at=at,
    )


def claim_receipts(tx: Transaction, now: datetime, lease: timedelta, limit: int) -> list[Row]:
    """Receipts whose time has come, each claimed for the length of a lease."""
    return tx.rows(
        f"""update receipt set next_at = :until, claims = claims + 1 where payment in (
               select payment from receipt where state in ('wanted', 'sent')
                 and (next_at <= :now or next_at > :later)
               order by next_at limit :limit for update skip locked)
           returning {CLAIMED}""",
        until=now + lease,
        now=now,
        later=now + FAR,
        limit=limit,
    )


def next_receipt(tx: Transaction) -> datetime | None:
    """When the next receipt's time comes."""
    found: datetime | None = tx.value("select min(next_at) from receipt where state in ('wanted', 'sent')")
    return found


def receipt(tx: Transaction, payment_id: str, *, lock: bool = False) -> Row | None:
    """The receipt of a payment, as whoever moves it knows it."""
    return tx.row(
        f"select {CLAIMED} from receipt where payment = cast(:id as uuid){' for update' if lock else ''}",
        id=payment_id,
    )


def receipt_shown(tx: Transaction, payment_id: str) -> Row:
    """The receipt of a payment, as people see it; empty where there is none."""
    return tx.row(f"select {SHOWN} from receipt r where r.payment = cast(:id as uuid)", id=payment_id) or {}


def receipts_in(tx: Transaction, state: str, after: str | None, limit: int) -> list[Row]:
    """Receipts of all payments in a state, by the payment's id, which is in the order of time."""
    return tx.rows(
        f"""select {SHOWN}, p.total, p.currency, p.paid_at from receipt r join payment p on p.id = r.payment
            where r.state = :state and (cast(:after as uuid) is null or r.payment > cast(:after as uuid))
            order by r.payment limit :limit""",
        state=state,
        after=after,
        limit=limit,
    )


def hurry_receipt(tx: Transaction, payment_id: str, at: datetime) -> bool:
    """There may be news of it: its time is now. False if there is none. One that is in somebody's hands is looked at
    again when they are done."""
    return (
        tx.run(
            """update receipt
               set next_at = case when state in ('wanted', 'sent') then least(next_at, :at) else next_at end
               where payment = cast(:id as uuid)""",
            at=at,
            id=payment_id,
        )
        == 1
    )


def set_receipt_sent(
    tx: Transaction, claimed: Row, state: str, external_id: str, document: Any, next_at: datetime
) -> None:
    """The operator has it. A replica that was overtaken changes nothing."""
    tx.run(
        f"""update receipt set state = :to, external_id = :external, document = cast(:document as jsonb),
               failures = 0, next_at = case when next_at < :claimed then next_at else :next_at end {MINE}""",
        to=state,
        external=external_id,
        document=json.dumps(document, default=str, ensure_ascii=False),
        claimed=claimed["next_at"],
        next_at=next_at,
        **_mine(claimed),
    )


def put_receipt_off(tx: Transaction, claimed: Row, next_at: datetime, *, failures: int) -> None:
    """Look again then, or at once if the operator has called meanwhile."""
    tx.run(
        f"""update receipt set next_at = case when next_at < :claimed then next_at else :next_at end,
                failures = :failures {MINE}""",
        claimed=claimed["next_at"],
        next_at=next_at,
        failures=failures,
        **_mine(claimed),
    )


def move_receipt(
    tx: Transaction,
    claimed: Row,
    state: str,
    *,
    attempt: int,
    failures: int,
    failure: str | None,
    at: datetime,
    next_at: datetime,
) -> None:
    """After a transition other than to done. How an attempt failed is kept when another one begins."""
    moved = tx.run(
        f"""update receipt set state = :to, attempt = :attempt, failures = :failures, failure = :failure,
                next_at = :next_at {MINE}""",
        to=state,
        attempt=attempt,
        failures=failures,
        failure=failure,
        next_at=next_at,
        **_mine(claimed),
    )
    ended = failure or claimed["failure"]
    if moved and attempt > claimed["attempt"] and ended:
        tx.run(
            """insert into receipt_attempt (payment, attempt, external_id, failure, ended_at)
               values (cast(:payment as uuid), :attempt, :external, :failure, :at)""",
            payment=claimed["payment"],
            attempt=claimed["attempt"],
            external=claimed["external_id"],
            failure=ended,
            at=at,
        )


def set_receipt_done(
    tx: Transaction,
    claimed: Row,
    state: str,
    *,
    drive: str,
    document: str,
    sign: str,
    at: datetime,
    check_qr: str,
) -> bool:
    """Registered; False if that was noted before."""
    return (
        tx.run(
            f"""update receipt set state = :to, fiscal_drive = :drive, fiscal_document = :document, fiscal_sign = :sign,
                   registered_at = :at, check_qr = :check_qr, failure = null {MINE}""",
            to=state,
            drive=drive,
            document=document,
            sign=sign,
            at=at,
            check_qr=check_qr,
            **_mine(claimed),
        )
        == 1
    )


def _mine(claimed: Row) -> dict[str, Any]:
    return {"payment": claimed["payment"], "claims": claimed["claims"], "before": claimed["state"]}
