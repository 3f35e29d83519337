"""Payments reach the ledger (PY-4): each part once, however often its event comes."""

from __future__ import annotations

from decimal import Decimal

from chassis.house import Call
from contracts.events.billing import PaymentPosted
from contracts.events.payments import PaymentSucceeded
from services.billing.domain.ledger import payment_transfer
from services.billing.store import accounts, ledger


def post_payment(call: Call, event: PaymentSucceeded) -> None:
    """Credit every account of the payment."""
    parts: dict[str, Decimal] = {}
    for part in event.parts:
        parts[part.account] = parts.get(part.account, Decimal(0)) + part.amount
    ledger.lock_balances(call.tx, sorted(parts))
    transfers = {
        account: payment_transfer(account, event.payment, event.system, amount, event.paid_at)
        for account, amount in parts.items()
    }
    balances = ledger.post(call.tx, list(transfers.values()), call.now)
    known = {row["account"]: row for row in accounts.accounts(call.tx, sorted(parts))}
    missing = set(parts) - set(known)
    if missing:
        # The account register is late: the event comes again, and nothing is lost meanwhile.
        raise LookupError(f"{len(missing)} accounts of payment {event.payment} are not known yet")
    if any(row["currency"] != event.currency for row in known.values()):
        raise ValueError(f"payment {event.payment} is in {event.currency}, an account of it is not")
    for account, transfer in transfers.items():
        if transfer.reference in balances:
            call.tx.emit(
                PaymentPosted(
                    account=account,
                    provider=known[account]["provider"],
                    at=call.now,
                    payment=event.payment,
                    account_number=known[account]["number"],
                    currency=event.currency,
                    amount=transfer.amount,
                    balance=balances[transfer.reference],
                    paid_at=event.paid_at,
                    channel=event.channel,
                )
            )
