"""Payments as a customer's history shows them (GW-3): one's own, and of others' those for accounts that one sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.transaction import Transaction
from contracts.rpc.payments import MoneyHistoryRequest

Row = Mapping[str, Any]

PARTS = """jsonb_agg(jsonb_build_object('account', t.account, 'provider', t.provider, 'number', t.number,
                     'amount', t.amount::text) order by t.provider, t.number)"""
OWN = f"""
select p.id::text as payment, true as own, p.state, p.system, p.channel, p.currency, p.total, p.reason, p.created_at,
       p.paid_at, (select {PARTS} from payment_part t where t.payment = p.id) as parts,
       r.state as receipt_state, r.check_qr
from payment p left join receipt r on r.payment = p.id
where p.person = cast(:person as uuid)
  and (cast(:accounts as uuid[]) is null or exists (
       select from payment_part t where t.payment = p.id and t.account = any(cast(:accounts as uuid[]))))
  and (cast(:provider as text) is null or exists (
       select from payment_part t where t.payment = p.id and t.provider = :provider))
  and (cast(:least as numeric) is null or p.total >= :least)
  and (cast(:greatest as numeric) is null or p.total <= :greatest)
  and (cast(:since as timestamptz) is null or p.created_at >= :since)
  and (cast(:before as timestamptz) is null or p.created_at < :before)
order by p.created_at desc limit :limit
"""
# What is told of a payment by somebody else is what came to the account: neither who paid, nor how, nor what else.
OTHERS = f"""
select p.id::text, false, p.state, null, null, p.currency, t.total, null, p.created_at, p.paid_at, t.parts, null, null
from (select t.payment, sum(t.amount) as total, {PARTS} as parts from payment_part t
      where t.account = any(cast(:visible as uuid[])) and (cast(:provider as text) is null or t.provider = :provider)
      group by t.payment) t
join payment p on p.id = t.payment
where p.person is distinct from cast(:person as uuid) and p.state = 'succeeded'
  and (cast(:least as numeric) is null or t.total >= :least)
  and (cast(:greatest as numeric) is null or t.total <= :greatest)
  and (cast(:since as timestamptz) is null or p.created_at >= :since)
  and (cast(:before as timestamptz) is null or p.created_at < :before)
order by p.created_at desc limit :limit
"""


def history(tx: Transaction, person: str, visible: Sequence[str], asked: MoneyHistoryRequest) -> list[Row]:
    """A page, newest first. ``visible`` are the accounts of which payments by others are shown."""
    return tx.rows(
        f"select * from (({OWN}) union all ({OTHERS})) page order by created_at desc limit :limit",
        person=person,
        visible=visible,
        accounts=[str(account) for account in asked.accounts] if asked.accounts else None,
        provider=asked.provider,
        least=asked.least,
        greatest=asked.greatest,
        since=asked.since,
        before=asked.before,
        limit=asked.limit,
    )
