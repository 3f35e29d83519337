"""The ledger: transfers and the balances they make, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chassis.transaction import Transaction
from services.billing.domain.ledger import CHARGE, RECEIVABLE, Transfer

Row = Mapping[str, Any]

# A transfer whose reference is known already is not posted again and moves no balance.
POST = """
with posted as (
    insert into transfer
        (provider, currency, account, debit, credit, amount, kind, reference, occurred_at, posted_at)
    select a.provider, a.currency, a.id, t.debit, t.credit, t.amount, t.kind, t.reference, t.occurred_at, :at
    from unnest(cast(:accounts as uuid[]), cast(:debits as text[]), cast(:credits as text[]),
                cast(:amounts as numeric[]), cast(:kinds as text[]), cast(:references as text[]),
                cast(:occurred as timestamptz[]))
         as t(account, debit, credit, amount, kind, reference, occurred_at)
    join account a on a.id = t.account
    on conflict (reference) do nothing
    returning account, debit, credit, amount, reference),
moved as (
    select account, sum(case when debit = :receivable then amount when credit = :receivable then -amount else 0 end)
           as amount
    from posted group by account),
updated as (
    update balance b set amount = b.amount + m.amount from moved m where b.account = m.account
    returning b.account, b.amount)
select p.account::text, p.reference, u.amount as balance from posted p join updated u on u.account = p.account
"""


def post(tx: Transaction, transfers: Sequence[Transfer], at: datetime) -> dict[str, Decimal]:
    """Post transfers; the new balance by the reference of each that was not posted before."""
    if not transfers:
        return {}
    rows = tx.rows(
        POST,
        accounts=[t.account for t in transfers],
        debits=[t.debit for t in transfers],
        credits=[t.credit for t in transfers],
        amounts=[t.amount for t in transfers],
        kinds=[t.kind for t in transfers],
        references=[t.reference for t in transfers],
        occurred=[t.occurred_at for t in transfers],
        at=at,
        receivable=RECEIVABLE,
    )
    return {row["reference"]: row["balance"] for row in rows}


def charges_of(tx: Transaction, bills: Sequence[str]) -> list[Transfer]:
    """The transfers with which bills were charged."""
    rows = tx.rows(
        """select t.account::text, t.debit, t.credit, t.amount, t.kind, t.reference, t.occurred_at
           from bill b join transfer t on t.account = b.account and t.kind = :charge
             and starts_with(t.reference, 'bill:' || b.id || ':')
           where b.id = any(cast(:bills as uuid[])) order by t.id""",
        bills=list(bills),
        charge=CHARGE,
    )
    return [Transfer(**row) for row in rows]


def lock_balances(tx: Transaction, accounts: list[str]) -> dict[str, Decimal]:
    """Balances, locked in one order for all."""
    rows = tx.rows(
        """select account::text, amount from balance where account = any(cast(:accounts as uuid[]))
           order by account for update""",
        accounts=accounts,
    )
    return {row["account"]: row["amount"] for row in rows}


def statement(tx: Transaction, account: str, first: datetime, after: datetime) -> tuple[Decimal, list[Row]]:
    """Balance at the beginning, and every movement of the receivable in between."""
    opening: Decimal = tx.value(
        """select coalesce(sum(case when debit = :receivable then amount else -amount end), 0) from transfer
           where account = cast(:account as uuid) and :receivable in (debit, credit) and occurred_at < :first""",
        account=account,
        first=first,
        receivable=RECEIVABLE,
    )
    rows = tx.rows(
        """select occurred_at, kind, reference,
                  case when debit = :receivable then amount else -amount end as amount,
                  case when debit = :receivable then credit else debit end as counterpart
           from transfer where account = cast(:account as uuid) and :receivable in (debit, credit)
             and occurred_at >= :first and occurred_at < :after order by occurred_at, id""",
        account=account,
        first=first,
        after=after,
        receivable=RECEIVABLE,
    )
    return opening, rows


def totals(tx: Transaction) -> list[Row]:
    """Sum over all ledger accounts by provider and currency: zero, or the books are wrong.

    The customers' side is taken from the balances as kept, the others' from the transfers.
    """
    return tx.rows(
        """select provider, currency, sum(amount) as total from (
               select a.provider, b.currency, b.amount from balance b join account a on a.id = b.account
               union all select provider, currency, amount from transfer where debit <> :receivable
               union all select provider, currency, -amount from transfer where credit <> :receivable) sides
           group by provider, currency order by provider, currency""",
        receivable=RECEIVABLE,
    )
