"""Payments reach the ledger (PY-4): each part once, however often its event comes."""

from __future__ import annotations

from decimal import Decimal

from authorisation.contexts import RequestContext
from chassis.alarms import alarm
from contracts.events.billing import PaymentPosted
from contracts.events.identity import PersonErased
from contracts.events.payments import PaymentSucceeded
from services.billing.domain.ledger import payment_transfer
from services.billing.store import accounts, ledger, proofs


def post_payment(ctx: RequestContext, event: PaymentSucceeded) -> None:
    """Credit every account of the payment, and tell of each part that stands on the ledger, also of one that stood
    there before: whoever announces a payment again has not heard of it.

    A part whose account is not known, or is kept in another currency, raises an alarm and holds up no other part;
    payments announces it again until it is posted.
    """
    amounts: dict[str, Decimal] = {}
    for part in event.parts:
        amounts[part.account] = amounts.get(part.account, Decimal(0)) + part.amount
    known = {row["account"]: row for row in accounts.accounts(ctx.tx, sorted(amounts))}
    good = [account for account in sorted(known) if known[account]["currency"] == event.currency]
    for account in sorted(amounts.keys() - set(good)):
        reason = "currency_differs" if account in known else "account_unknown"
        alarm("payment_part_not_posted", payment=event.payment, account=account, reason=reason)
    balances = ledger.lock_balances(ctx.tx, good)
    transfers = [
        payment_transfer(account, event.payment, event.system, amounts[account], event.paid_at)
        for account in good
    ]
    moved = ledger.post(ctx.tx, transfers, ctx.now)
    if event.person is not None:
        # What a guest pays proves nothing: anybody may pay for anybody.
        paid = {"payer": event.person, "paid_at": event.paid_at}
        proofs.keep_payments(
            ctx.tx, [{"account": one.account, "amount": one.amount, **paid} for one in transfers]
        )
    for transfer in transfers:
        owner = known[transfer.account]
        ctx.tx.emit(
            PaymentPosted(
                account=transfer.account,
                provider=owner["provider"],
                at=ctx.now,
                payment=event.payment,
                account_number=owner["number"],
                currency=event.currency,
                amount=transfer.amount,
                balance=moved.get(transfer.reference, balances[transfer.account]),
                paid_at=event.paid_at,
                channel=event.channel,
            )
        )


def forget_payer(ctx: RequestContext, event: PersonErased) -> None:
    """Whoever is erased has paid nothing that could prove anything (ID-6, ID-9); the ledger names no person."""
    proofs.forget_payer(ctx.tx, event.person)
