"""News of accounts, for everyone who has the account, and of a person's own payments and appeals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from authorisation.access import SEE, people_of
from authorisation.contexts import RequestContext
from contracts.events.billing import BillIssued, BillWithdrawn, PaymentPosted
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.events.metering import (
    ReadingAccepted,
    ReadingLapsed,
    ReadingUnconfirmed,
    UsageAlertCleared,
    UsageAlertRaised,
    VerificationDue,
)
from contracts.events.payments import PaymentCanceled, ReceiptRegistered
from contracts.events.support import AppealAnswered
from contracts.rpc.notifications import (
    AlertTarget,
    AppealTarget,
    BillTarget,
    MessageTarget,
    MeterTarget,
    PaymentTarget,
    ReadingTarget,
    StandingTarget,
)
from services.notifications import store
from services.notifications.configuration import NotificationTools
from services.notifications.domain.kinds import KINDS
from services.notifications.handlers.telling import tell


def reading_accepted(ctx: RequestContext, tools: NotificationTools, event: ReadingAccepted) -> None:
    """The reading counts (MT-2)."""
    values = {
        "period": event.period,
        "serial": event.serial,
        "resource": event.resource,
        "provider": event.provider,
        "values": [
            {"zone": value.zone, "value": str(value.value), "unit": event.unit} for value in event.values
        ],
    }
    target = ReadingTarget(event.account, event.meter, event.reading, event.period)
    _tell_account(ctx, tools, event.account, "reading_accepted", event.reading, values, target)


def reading_unconfirmed(ctx: RequestContext, tools: NotificationTools, event: ReadingUnconfirmed) -> None:
    """It lapses soon (MT-4)."""
    _tell_of_kept(ctx, tools, event, "reading_unconfirmed")


def reading_lapsed(ctx: RequestContext, tools: NotificationTools, event: ReadingLapsed) -> None:
    """It does not count (MT-4)."""
    _tell_of_kept(ctx, tools, event, "reading_lapsed")


def _tell_of_kept(
    ctx: RequestContext, tools: NotificationTools, event: ReadingUnconfirmed | ReadingLapsed, kind: str
) -> None:
    """Whoever sent it; without one, everyone who has the account."""
    values = {
        "serial": event.serial,
        "resource": event.resource,
        "provider": event.provider,
        "period": event.period,
        "until": event.until.date().isoformat(),
    }
    target = ReadingTarget(event.account, event.meter, event.reading, event.period)
    if event.person:
        _tell_person(ctx, tools, event.person, kind, event.reading, values, target)
    else:
        _tell_account(ctx, tools, event.account, kind, event.reading, values, target)


def verification_due(ctx: RequestContext, tools: NotificationTools, event: VerificationDue) -> None:
    """A meter must be verified soon (MT-11, NT-4); 30 days and 7 days ahead are two messages."""
    values = {
        "serial": event.serial,
        "resource": event.resource,
        "provider": event.provider,
        "due_on": event.due_on.isoformat(),
    }
    target = MeterTarget(event.account, event.meter, event.due_on)
    occasion = f"{event.meter}/{event.due_on.isoformat()}/{event.days_left}"
    _tell_account(ctx, tools, event.account, "verification_due", occasion, values, target)


def usage_alert_raised(ctx: RequestContext, tools: NotificationTools, event: UsageAlertRaised) -> None:
    """The use of a home is not what it was (MT-13). Each kind is a message of its own, to be chosen apart; one that
    this version does not know is not told."""
    kind = f"alert_{event.kind}"
    if kind in KINDS:
        _tell_account(ctx, tools, event.account, kind, event.alert, _of_alert(event), _alert(event))


def usage_alert_cleared(ctx: RequestContext, tools: NotificationTools, event: UsageAlertCleared) -> None:
    """It ended (MT-13)."""
    if f"alert_{event.kind}" in KINDS:
        values, target = _of_alert(event), _alert(event)
        _tell_account(ctx, tools, event.account, "alert_cleared", event.alert, values, target)


def bill_issued(ctx: RequestContext, tools: NotificationTools, event: BillIssued) -> None:
    """The bill stands (NT-4)."""
    values = {
        "number": event.account_number,
        "provider": event.provider,
        "period": event.period,
        "charged": _money(event.charged, event.currency),
        "to_pay": _money(max(event.to_pay, Decimal(0)), event.currency),
        "due_on": event.due_on.isoformat(),
    }
    target = BillTarget(event.account, event.bill, event.period)
    _tell_account(ctx, tools, event.account, "bill_issued", event.bill, values, target)


def bill_withdrawn(ctx: RequestContext, tools: NotificationTools, event: BillWithdrawn) -> None:
    """The bill counts no more (BL-4); what was paid for it is still on the account."""
    values = {
        "number": event.account_number,
        "provider": event.provider,
        "period": event.period,
        "charged": _money(event.charged, event.currency),
        "balance": _money(event.balance, event.currency),
    }
    target = BillTarget(event.account, event.bill, event.period)
    _tell_account(ctx, tools, event.account, "bill_withdrawn", event.bill, values, target)


def payment_posted(ctx: RequestContext, tools: NotificationTools, event: PaymentPosted) -> None:
    """The money is on the account (PY-4)."""
    values = {
        "number": event.account_number,
        "provider": event.provider,
        "amount": _money(event.amount, event.currency),
        "balance": _money(event.balance, event.currency),
    }
    target = PaymentTarget(event.payment, event.account)
    occasion = f"{event.payment}/{event.account}"
    _tell_account(ctx, tools, event.account, "payment_posted", occasion, values, target)


def payment_canceled(ctx: RequestContext, tools: NotificationTools, event: PaymentCanceled) -> None:
    """Nothing was taken (PY-8)."""
    values = {"total": _money(event.total, event.currency)}
    target = PaymentTarget(event.payment)
    _tell_person(ctx, tools, event.person, "payment_canceled", event.payment, values, target)


def receipt_registered(ctx: RequestContext, tools: NotificationTools, event: ReceiptRegistered) -> None:
    """The fiscal receipt (PY-5)."""
    values = {
        "total": _money(event.total, event.currency),
        "fiscal_drive": event.fiscal_drive,
        "fiscal_document": event.fiscal_document,
        "fiscal_sign": event.fiscal_sign,
        "check_qr": event.check_qr,
    }
    target = PaymentTarget(event.payment)
    _tell_person(ctx, tools, event.person, "receipt_registered", event.receipt, values, target)


def points_awarded(ctx: RequestContext, tools: NotificationTools, event: PointsAwarded) -> None:
    """A criterion gave points (LY-2)."""
    values = {
        "number": _number(ctx, event.account),
        "criterion": event.criterion,
        "awarded": event.awarded,
        "points": event.points,
    }
    target = StandingTarget(event.account)
    occasion = f"{event.account}/{event.criterion}/{event.period or ''}/{event.at.isoformat()}"
    _tell_account(ctx, tools, event.account, "points_awarded", occasion, values, target)


def level_changed(ctx: RequestContext, tools: NotificationTools, event: LevelChanged) -> None:
    """The account has another level (LY-3, NT-4)."""
    values = {
        "number": _number(ctx, event.account),
        "provider": event.provider,
        "previous": event.previous,
        "level": event.level,
        "points": event.points,
    }
    target = StandingTarget(event.account)
    occasion = f"{event.account}/{event.at.isoformat()}"
    _tell_account(ctx, tools, event.account, "level_changed", occasion, values, target)


def appeal_answered(ctx: RequestContext, tools: NotificationTools, event: AppealAnswered) -> None:
    """Support answered (SP-1); the text stays in the cabinet."""
    occasion = f"{event.appeal}/{event.at.isoformat()}"
    _tell_person(ctx, tools, event.person, "appeal_answered", occasion, {}, AppealTarget(event.appeal))


def _tell_account(
    ctx: RequestContext,
    tools: NotificationTools,
    account: str,
    kind: str,
    occasion: str,
    values: dict[str, Any],
    target: MessageTarget,
) -> None:
    tell(ctx, tools, people_of(ctx.tx, account, SEE), kind, occasion, values, target)


def _tell_person(
    ctx: RequestContext,
    tools: NotificationTools,
    person: str | None,
    kind: str,
    occasion: str,
    values: dict[str, Any],
    target: MessageTarget,
) -> None:
    # A payment without signing in has no person: its receipt goes out by the fiscal operator.
    tell(ctx, tools, [person] if person else [], kind, occasion, values, target)


def _number(ctx: RequestContext, account: str) -> str:
    known = store.account(ctx.tx, account)
    return known["number"] if known else "—"


def _of_alert(event: UsageAlertRaised | UsageAlertCleared) -> dict[str, Any]:
    return {
        "alert": event.kind,
        "serial": event.serial,
        "resource": event.resource,
        "provider": event.provider,
        "first_day": event.first_day.isoformat(),
        "found": _plain(event.found),
        "usual": _plain(event.usual),
        "unit": event.unit,
    }


def _alert(event: UsageAlertRaised | UsageAlertCleared) -> AlertTarget:
    return AlertTarget(event.account, event.meter, event.alert)


def _plain(amount: Decimal) -> str:
    """Thousandths without zeros at the end."""
    text = f"{amount:.3f}".rstrip("0").rstrip(".")
    return text or "0"


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": str(amount), "currency": currency}
