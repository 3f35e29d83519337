"""Payments with their parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from contracts.transitions import Edge
from services.payments.domain.orders import Order, Part
from services.payments.domain.states import OPEN
from services.payments.store.due import FAR

Row = Mapping[str, Any]

COLUMNS = """id::text as payment, person::text, state, system, channel, currency, total, return_url, external_id,
    confirmation_url, reason, doubt, idempotency_key, fingerprint, created_at, ask_at, asked, paid_at, finished_at,
    announced"""


def add_payment(
    tx: Transaction,
    payment: str,
    *,
    person: str,
    system: str,
    channel: str,
    order: Order,
    return_url: str,
    key: str,
    fingerprint: str,
    at: datetime,
    ask_at: datetime,
) -> Row | None:
    """Note the intent: the payment, or None if the person used the key before."""
    added = tx.row(
        f"""insert into payment (id, person, state, system, channel, currency, total, return_url, idempotency_key,
                                fingerprint, created_at, ask_at)
           values (cast(:id as uuid), cast(:person as uuid), 'created', :system, :channel, :currency, :total,
                   :return_url, :key, :fingerprint, :at, :ask_at) on conflict do nothing
           returning {COLUMNS}""",
        id=payment,
        person=person,
        system=system,
        channel=channel,
        currency=order.currency,
        total=order.total,
        return_url=return_url,
        key=key,
        fingerprint=fingerprint,
        at=at,
        ask_at=ask_at,
    )
    if added is not None:
        insert_rows(
            tx,
            "payment_part",
            {"payment": "uuid", "account": "uuid", "provider": "text", "number": "text", "amount": "numeric"},
            [
                {
                    "payment": payment,
                    "account": part.account,
                    "provider": part.provider,
                    "number": part.number,
                    "amount": part.amount,
                }
                for part in order.parts
            ],
        )
    return added


def by_key(tx: Transaction, person: str, key: str) -> Row | None:
    """The payment that the person began under this idempotency key."""
    return tx.row(
        f"select {COLUMNS} from payment where person = cast(:person as uuid) and idempotency_key = :key",
        person=person,
        key=key,
    )


def payment(tx: Transaction, payment_id: str, *, lock: bool = False) -> Row | None:
    """A payment."""
    locking = " for update" if lock else ""
    return tx.row(f"select {COLUMNS} from payment where id = cast(:id as uuid){locking}", id=payment_id)


def by_external(tx: Transaction, system: str, external_id: str) -> Row | None:
    """A payment by the system's own id."""
    return tx.row(
        f"select {COLUMNS} from payment where system = :system and external_id = :external",
        system=system,
        external=external_id,
    )


def parts(tx: Transaction, payment_id: str) -> list[Part]:
    """Its parts."""
    rows = tx.rows(
        """select account::text, provider, number, amount from payment_part where payment = cast(:id as uuid)
           order by provider, number""",
        id=payment_id,
    )
    return [Part(row["account"], row["provider"], row["number"], row["amount"]) for row in rows]


def parts_shown(tx: Transaction, payment_id: str) -> list[Row]:
    """As the payer sees them."""
    return tx.rows(
        """select account::text, provider, number, amount, bill_withdrawn_at from payment_part
           where payment = cast(:id as uuid) order by provider, number""",
        id=payment_id,
    )


def note_withdrawal(tx: Transaction, account: str, at: datetime) -> None:
    """On the account's part of every payment that is still open."""
    tx.run(
        """update payment_part t set bill_withdrawn_at = :at from payment p
           where t.account = cast(:account as uuid) and p.id = t.payment and p.state = any(cast(:open as text[]))""",
        account=account,
        at=at,
        open=list(OPEN),
    )


def set_registered(
    tx: Transaction, payment_id: str, edge: Edge, external_id: str, url: str | None
) -> Row | None:
    """The system knows it: the payment, or None if something happened to it meanwhile."""
    return tx.row(
        f"""update payment set state = :state, external_id = :external, confirmation_url = :url
           where id = cast(:id as uuid) and state = :before returning {COLUMNS}""",
        state=edge.state,
        before=edge.source,
        external=external_id,
        url=url,
        id=payment_id,
    )


def set_final(
    tx: Transaction,
    payment_id: str,
    state: str,
    *,
    external_id: str | None,
    paid_at: datetime | None,
    reason: str,
    at: datetime,
    announce_at: datetime | None = None,
) -> None:
    """Succeeded, to be announced again at ``announce_at`` unless the ledger has it by then, or canceled."""
    tx.run(
        """update payment set state = :state, external_id = coalesce(external_id, :external), paid_at = :paid_at,
               reason = :reason, finished_at = :at, announce_at = :announce_at,
               announced = case when cast(:announce_at as timestamptz) is null then announced else 1 end
           where id = cast(:id as uuid)""",
        state=state,
        external=external_id,
        paid_at=paid_at,
        reason=reason,
        at=at,
        announce_at=announce_at,
        id=payment_id,
    )


def set_doubt(tx: Transaction, payment_id: str, doubt: str) -> None:
    """Something an accountant must look at; the payment stays as it is."""
    tx.run("update payment set doubt = :doubt where id = cast(:id as uuid)", doubt=doubt, id=payment_id)


def claim_open(tx: Transaction, now: datetime, lease: timedelta, limit: int) -> list[Row]:
    """Open payments whose time has come, each claimed for the length of a lease; the one that waits longest first, so
    that many unpaid orders do not keep the newer ones from their turn."""
    return tx.rows(
        f"""update payment set ask_at = :until, asked = asked + 1 where id in (
                select id from payment where state in ('created', 'pending') and (ask_at <= :now or ask_at > :later)
                order by ask_at limit :limit for update skip locked)
            returning {COLUMNS}""",
        until=now + lease,
        now=now,
        later=now + FAR,
        limit=limit,
    )


def next_open(tx: Transaction) -> datetime | None:
    """When the next open payment is to be asked about."""
    found: datetime | None = tx.value("select min(ask_at) from payment where state in ('created', 'pending')")
    return found


def put_off(tx: Transaction, payment_id: str, asked: int, ask_at: datetime) -> None:
    """Ask again then. Changes nothing where somebody else has claimed it since."""
    tx.run(
        """update payment set ask_at = :ask_at
           where id = cast(:id as uuid) and asked = :asked and state in ('created', 'pending')""",
        ask_at=ask_at,
        asked=asked,
        id=payment_id,
    )
