"""Points for payments and for going without paper (LY-2).

Each event first adds its fact, then everything is decided anew from all facts of the account: so it does not
matter which event came first, or twice.
"""

from __future__ import annotations

from authorisation.contexts import RequestContext
from contracts.events.billing import AccountOpened, BillIssued, BillWithdrawn, DeliveryChanged, PaymentPosted
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain import settling
from services.loyalty.domain.awards import Award
from services.loyalty.handlers.awarding import Participant, give, participant


def account_opened(ctx: RequestContext, tools: LoyaltyTools, event: AccountOpened) -> None:
    """Every account takes part without asking (LY-1)."""
    who = participant(ctx, tools, event.account, event.provider)
    if who is not None:
        store.add_delivery(ctx.tx, event.account, event.at, event.delivery)
        _decide(ctx, tools, who)


def delivery_changed(ctx: RequestContext, tools: LoyaltyTools, event: DeliveryChanged) -> None:
    """Counts for the bills issued from then on."""
    who = participant(ctx, tools, event.account, event.provider)
    if who is not None:
        store.add_delivery(ctx.tx, event.account, event.at, event.delivery)
        _decide(ctx, tools, who)


def bill_issued(ctx: RequestContext, tools: LoyaltyTools, event: BillIssued) -> None:
    """A deadline begins; the payment that meets it may be known already."""
    who = participant(ctx, tools, event.account, event.provider)
    if who is None:
        return
    store.add_bill(
        ctx.tx,
        event.account,
        event.period,
        provider=event.provider,
        issued_at=event.at,
        due_on=event.due_on,
        early_until=event.early_until,
        to_pay=event.to_pay,
        revision=event.revision,
    )
    _decide(ctx, tools, who)


def bill_withdrawn(ctx: RequestContext, tools: LoyaltyTools, event: BillWithdrawn) -> None:
    """Its deadline is none: what was burned for missing it comes back. Points for having paid it stay; they are given
    once a period, so the bill that follows gives none again."""
    who = participant(ctx, tools, event.account, event.provider)
    if who is None:
        return
    outcome = store.withdraw_bill(ctx.tx, event.account, event.period, event.revision, ctx.now)
    if outcome == "missed":
        given = store.undo_burn(ctx.tx, event.account, event.period, ctx.now)
        give(ctx, who, [], {event.period: given})


def payment_posted(ctx: RequestContext, tools: LoyaltyTools, event: PaymentPosted) -> None:
    """The bill that it settles may not be known yet."""
    who = participant(ctx, tools, event.account, event.provider)
    if who is None:
        return
    store.add_payment(
        ctx.tx,
        event.account,
        event.payment,
        posted_at=event.at,
        paid_at=event.paid_at,
        amount=event.amount,
        balance=event.balance,
        channel=event.channel,
    )
    _decide(ctx, tools, who)


def _decide(ctx: RequestContext, tools: LoyaltyTools, who: Participant) -> None:
    bills = [settling.Bill(**row) for row in store.bills(ctx.tx, who.account)]
    if not bills:
        return
    deliveries = [settling.Delivery(**row) for row in store.deliveries(ctx.tx, who.account)]
    payments = [
        settling.Payment(**row, paid_on=tools.day(who.provider, row["paid_at"]))
        for row in store.payments(ctx.tx, who.account)
    ]
    awards: list[Award] = []
    undone: dict[str, int] = {}
    for bill in bills:
        payment = settling.settled_by(bill, bills, payments)
        outcome = settling.moved(bill.outcome, settling.news_of(bill, payment))
        if outcome != bill.outcome:
            store.set_outcome(ctx.tx, who.account, bill.period, outcome)
            if bill.outcome == "missed":
                undone[bill.period] = store.undo_burn(ctx.tx, who.account, bill.period, ctx.now)
        awards += [who.award(name, bill.period) for name in settling.earned(bill, payment, deliveries)]
    give(ctx, who, awards, undone)
