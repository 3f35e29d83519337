"""Points for payments and for going without paper (LY-2).

Each event first adds its fact, then everything is decided anew from all facts of the account: so it does not
matter which event came first, or twice.
"""

from __future__ import annotations

from chassis.house import Call
from contracts.events.billing import AccountOpened, BillIssued, BillWithdrawn, DeliveryChanged, PaymentPosted
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain import settling
from services.loyalty.domain.grants import Grant
from services.loyalty.handlers.granting import Participant, give, participant


def account_opened(call: Call, tools: LoyaltyTools, event: AccountOpened) -> None:
    """Every account takes part without asking (LY-1)."""
    who = participant(call, tools, event.account, event.provider)
    if who is not None:
        store.add_delivery(call.tx, event.account, event.at, event.delivery)
        _decide(call, tools, who)


def delivery_changed(call: Call, tools: LoyaltyTools, event: DeliveryChanged) -> None:
    """Counts for the bills issued from then on."""
    who = participant(call, tools, event.account, event.provider)
    if who is not None:
        store.add_delivery(call.tx, event.account, event.at, event.delivery)
        _decide(call, tools, who)


def bill_issued(call: Call, tools: LoyaltyTools, event: BillIssued) -> None:
    """A deadline begins; the payment that meets it may be known already."""
    who = participant(call, tools, event.account, event.provider)
    if who is None:
        return
    store.add_bill(
        call.tx,
        event.account,
        event.period,
        provider=event.provider,
        issued_at=event.at,
        due_on=event.due_on,
        early_until=event.early_until,
        to_pay=event.to_pay,
        revision=event.revision,
    )
    _decide(call, tools, who)


def bill_withdrawn(call: Call, tools: LoyaltyTools, event: BillWithdrawn) -> None:
    """Its deadline is none: what was burned for missing it comes back. Points for having paid it stay; they are given
    once a period, so the bill that follows gives none again."""
    who = participant(call, tools, event.account, event.provider)
    if who is None:
        return
    outcome = store.withdraw_bill(call.tx, event.account, event.period, event.revision, call.now)
    if outcome == "missed":
        given = store.undo_burn(call.tx, event.account, event.period, call.now)
        give(call, who, [], {event.period: given})


def payment_posted(call: Call, tools: LoyaltyTools, event: PaymentPosted) -> None:
    """The bill that it settles may not be known yet."""
    who = participant(call, tools, event.account, event.provider)
    if who is None:
        return
    store.add_payment(
        call.tx,
        event.account,
        event.payment,
        posted_at=event.at,
        paid_at=event.paid_at,
        amount=event.amount,
        balance=event.balance,
        channel=event.channel,
    )
    _decide(call, tools, who)


def _decide(call: Call, tools: LoyaltyTools, who: Participant) -> None:
    bills = [settling.Bill(**row) for row in store.bills(call.tx, who.account)]
    if not bills:
        return
    deliveries = [settling.Delivery(**row) for row in store.deliveries(call.tx, who.account)]
    payments = [
        settling.Payment(**row, paid_on=tools.day(who.provider, row["paid_at"]))
        for row in store.payments(call.tx, who.account)
    ]
    grants: list[Grant] = []
    undone: dict[str, int] = {}
    for bill in bills:
        payment = settling.settled_by(bill, bills, payments)
        outcome = settling.moved(bill.outcome, settling.news_of(bill, payment))
        if outcome != bill.outcome:
            store.set_outcome(call.tx, who.account, bill.period, outcome)
            if bill.outcome == "missed":
                undone[bill.period] = store.undo_burn(call.tx, who.account, bill.period, call.now)
        grants += [who.grant(name, bill.period) for name in settling.earned(bill, payment, deliveries)]
    give(call, who, grants, undone)
