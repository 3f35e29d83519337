"""Payments' statements: the only place with SQL of this service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from services.payments.domain.orders import Order, Part

Row = Mapping[str, Any]

COLUMNS = """id::text as payment, person::text, state, system, channel, currency, total, return_url, external_id,
    confirmation_url, reason, doubt, idempotency_key, fingerprint, created_at, asked_at, paid_at, finished_at"""


# --- payments -------------------------------------------------------------------------------------------------------


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
) -> bool:
    """Note the intent; False if the person used the key before."""
    added = tx.run(
        """insert into payment (id, person, state, system, channel, currency, total, return_url, idempotency_key,
                                fingerprint, created_at)
           values (cast(:id as uuid), cast(:person as uuid), 'created', :system, :channel, :currency, :total,
                   :return_url, :key, :fingerprint, :at) on conflict do nothing""",
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
    )
    if added == 1:
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
    return added == 1


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


def set_registered(tx: Transaction, payment_id: str, state: str, external_id: str, url: str | None) -> None:
    """The system knows it."""
    tx.run(
        """update payment set state = :state, external_id = :external, confirmation_url = :url
           where id = cast(:id as uuid)""",
        state=state,
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
) -> None:
    """Succeeded or canceled."""
    tx.run(
        """update payment set state = :state, external_id = coalesce(external_id, :external), paid_at = :paid_at,
               reason = :reason, finished_at = :at where id = cast(:id as uuid)""",
        state=state,
        external=external_id,
        paid_at=paid_at,
        reason=reason,
        at=at,
        id=payment_id,
    )


def set_doubt(tx: Transaction, payment_id: str, doubt: str) -> None:
    """Something an accountant must look at; the payment stays as it is."""
    tx.run("update payment set doubt = :doubt where id = cast(:id as uuid)", doubt=doubt, id=payment_id)


def claim_open(tx: Transaction, now: datetime, after: timedelta, limit: int) -> list[Row]:
    """Open payments that nothing was heard of for a while, each claimed until the next look; the one that waits
    longest first, so that many unpaid orders do not keep the newer ones from their turn."""
    return tx.rows(
        f"""update payment set asked_at = :now where id in (
                select id from payment where state in ('created', 'pending')
                  and (coalesce(asked_at, created_at) < :before or coalesce(asked_at, created_at) > :later)
                order by coalesce(asked_at, created_at) limit :limit for update skip locked)
            returning {COLUMNS}""",
        now=now,
        before=now - after,
        later=now + timedelta(days=1),
        limit=limit,
    )


def history(
    tx: Transaction, person: str, accounts: list[str] | None, before: datetime | None, limit: int
) -> list[Row]:
    """A person's payments (with a part for any of the accounts) with all parts and receipts, newest first."""
    return tx.rows(
        """select p.id::text as payment, p.state, p.system, p.channel, p.currency, p.total, p.reason, p.created_at,
                  p.paid_at,
                  (select jsonb_agg(jsonb_build_object('account', t.account, 'provider', t.provider, 'number',
                          t.number, 'amount', t.amount::text) order by t.provider, t.number)
                   from payment_part t where t.payment = p.id) as parts,
                  r.state as receipt_state, r.check_qr
           from payment p left join receipt r on r.payment = p.id
           where p.person = cast(:person as uuid)
             and (cast(:before as timestamptz) is null or p.created_at < :before)
             and (cast(:accounts as uuid[]) is null or exists (
                  select from payment_part t where t.payment = p.id and t.account = any(cast(:accounts as uuid[]))))
           order by p.created_at desc limit :limit""",
        person=person,
        accounts=accounts,
        before=before,
        limit=limit,
    )


# --- webhooks -------------------------------------------------------------------------------------------------------


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


# --- receipts -------------------------------------------------------------------------------------------------------


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
        """update receipt set next_at = :until, attempts = attempts + 1 where payment in (
               select payment from receipt where state in ('wanted', 'sent')
                 and (next_at <= :now or next_at > :later)
               order by next_at limit :limit for update skip locked)
           returning payment::text, state, external_id, attempts""",
        until=now + lease,
        now=now,
        later=now + timedelta(days=1),
        limit=limit,
    )


def receipt(tx: Transaction, payment_id: str) -> Row | None:
    """The receipt of a payment."""
    return tx.row(
        """select payment::text, state, operator, external_id, fiscal_drive, fiscal_document, fiscal_sign,
                  registered_at, check_qr, failure from receipt where payment = cast(:id as uuid)""",
        id=payment_id,
    )


def set_receipt_sent(
    tx: Transaction, payment_id: str, state: str, external_id: str, document: Any, next_at: datetime
) -> None:
    """The operator has it. A replica that was overtaken changes nothing."""
    tx.run(
        """update receipt set state = :state, external_id = :external, document = cast(:document as jsonb),
               next_at = :next_at where payment = cast(:id as uuid) and state = 'wanted'""",
        state=state,
        external=external_id,
        document=json.dumps(document, default=str, ensure_ascii=False),
        next_at=next_at,
        id=payment_id,
    )


def set_receipt_next(tx: Transaction, payment_id: str, next_at: datetime) -> None:
    """Look again then."""
    tx.run(
        "update receipt set next_at = :next_at where payment = cast(:id as uuid)",
        next_at=next_at,
        id=payment_id,
    )


def set_receipt_final(
    tx: Transaction,
    payment_id: str,
    state: str,
    *,
    drive: str | None = None,
    document: str | None = None,
    sign: str | None = None,
    at: datetime | None = None,
    check_qr: str | None = None,
    failure: str | None = None,
) -> bool:
    """Registered or failed; False if it was final before."""
    return (
        tx.run(
            """update receipt set state = :state, fiscal_drive = :drive, fiscal_document = :document,
                   fiscal_sign = :sign, registered_at = :at, check_qr = :check_qr, failure = :failure
               where payment = cast(:id as uuid) and state in ('wanted', 'sent')""",
            state=state,
            drive=drive,
            document=document,
            sign=sign,
            at=at,
            check_qr=check_qr,
            failure=failure,
            id=payment_id,
        )
        == 1
    )


# --- contacts -------------------------------------------------------------------------------------------------------


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
        "access": "select to_jsonb(t) as row from access t where person = :person order by since, account",
    }
    return {
        table: [row["row"] for row in tx.rows(statement, person=person)]
        for table, statement in statements.items()
    }
