"""The shop at YooKassa: payments, saved cards, refunds, and the moves between their states."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.cards import APPROVED, Card
from sandbox.clock import now
from sandbox.settings import Settings
from sandbox.yookassa_errors import YooKassaError, invalid
from sandbox.yookassa_models import Challenge, Method, Payment, Refund

# Every move of a payment there is. The event of a move is "payment." and the new state.
MOVES = frozenset(
    {
        ("pending", "waiting_for_capture"),
        ("pending", "succeeded"),
        ("pending", "canceled"),
        ("waiting_for_capture", "succeeded"),
        ("waiting_for_capture", "canceled"),
    }
)
# Who refused, by reason; all other reasons are the bank's.
_PARTY = {
    "canceled_by_merchant": "merchant",
    "expired_on_confirmation": "yoo_money",
    "expired_on_capture": "yoo_money",
    "internal_timeout": "yoo_money",
}


class Shop:
    """All payments and refunds of the one shop. `emit(event, object)` is called on every move."""

    def __init__(self, settings: Settings, emit: Callable[[str, dict[str, Any]], None]) -> None:
        self._settings = settings
        self._emit = emit
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self._saved: dict[str, Method] = {}

    def show(self, payment: Payment) -> dict[str, Any]:
        """The payment as the API answers it."""
        return payment.as_json(self._settings.shop_id, self._settings.public_url)

    def payment(self, payment_id: str) -> Payment:
        """The payment of this id."""
        if payment := self.payments.get(payment_id):
            return payment
        raise YooKassaError("not_found", "Payment doesn't exist or access denied", "payment_id")

    def refund(self, refund_id: str) -> Refund:
        """The refund of this id."""
        if refund := self.refunds.get(refund_id):
            return refund
        raise YooKassaError("not_found", "Refund doesn't exist or access denied", "refund_id")

    def create(self, payment: Payment, method_id: str | None, refusal: str | None) -> Payment:
        """Take a new payment; one with a saved card is paid (or refused, with the reason given) at once."""
        method = self._saved.get(method_id) if method_id else None
        if method_id and method is None:
            raise invalid("Payment method doesn't exist or is not saved", "payment_method_id")
        self.payments[payment.id] = payment
        asyncio.get_running_loop().call_later(
            self._settings.confirmation_seconds, self._expire, payment, "pending"
        )
        if method and payment.enforce:
            payment.preset = method
        elif method:
            self.settle(payment, method, refusal or APPROVED, three_d_secure=False)
        return payment

    def method_for(self, payment: Payment, card: Card, save: bool) -> Method:
        """The card as a payment method; it is kept for later payments once a payment with it succeeds."""
        return Method(payment.id, card, save or payment.save_requested)

    def challenge(self, payment: Payment, method: Method, outcome: str) -> None:
        """Ask the customer for the 3-D Secure code first."""
        payment.challenge = Challenge(method, outcome)

    def settle(self, payment: Payment, method: Method, outcome: str, three_d_secure: bool) -> None:
        """Give the bank's answer on a pending payment: APPROVED or the reason of the refusal."""
        payment.challenge = None
        if outcome != APPROVED:
            payment.method = Method(method.id, method.card, method.id in self._saved)
            self._cancel(payment, outcome)
            return
        payment.method = method
        if method.saved:
            self._saved[method.id] = method
        payment.authorization = {
            "rrn": f"{random.randrange(10**12):012d}",
            "auth_code": f"{random.randrange(10**6):06d}",
            "three_d_secure": {"applied": three_d_secure},
        }
        if payment.capture:
            self._succeed(payment)
            return
        seconds = self._settings.capture_seconds
        payment.expires_at = now() + timedelta(seconds=seconds)
        asyncio.get_running_loop().call_later(seconds, self._expire, payment, "waiting_for_capture")
        self._move(payment, "waiting_for_capture")

    def capture(self, payment: Payment, amount: Decimal | None) -> None:
        """Take the money that waits, or a part of it (the rest goes back to the card)."""
        self._require(payment, "waiting_for_capture")
        if amount is not None and amount > payment.amount:
            raise invalid("The amount is more than was authorized", "amount.value")
        payment.amount = amount or payment.amount
        payment.expires_at = None
        self._succeed(payment)

    def cancel(self, payment: Payment) -> None:
        """Let go the money that waits; YooKassa cancels no payment in another state."""
        self._require(payment, "waiting_for_capture")
        self._cancel(payment, "canceled_by_merchant")

    def expire(self, payment: Payment) -> bool:
        """Let the time to pay or to capture run out now; False when the payment is final already."""
        return self._expire(payment, payment.status)

    def take_refund(self, refund: Refund, refusal: str | None, delay: float | None) -> Refund:
        """Take a refund; it succeeds at once, after `delay` seconds, or is refused with the reason given."""
        payment = self.payment(refund.payment_id)
        if payment.status != "succeeded":
            raise invalid("Only a succeeded payment can be refunded", "payment_id")
        if refund.amount > payment.amount - payment.refunded:
            raise invalid("The amount is more than remains of the payment", "amount.value")
        self.refunds[refund.id] = refund
        if refusal:
            refund.status = "canceled"
            refund.cancellation = {"party": _PARTY.get(refusal, "refund_network"), "reason": refusal}
            return refund
        # Reserved at once, so that two refunds under way never exceed the payment.
        payment.refunded += refund.amount
        if delay is None:
            self._finish(refund)
        else:
            asyncio.get_running_loop().call_later(delay, self._finish, refund)
        return refund

    def _finish(self, refund: Refund) -> None:
        refund.status = "succeeded"
        self._emit("refund.succeeded", refund.as_json())

    def _succeed(self, payment: Payment) -> None:
        payment.captured_at = now()
        self._move(payment, "succeeded")

    def _cancel(self, payment: Payment, reason: str) -> None:
        payment.expires_at = None
        payment.cancellation = {"party": _PARTY.get(reason, "payment_network"), "reason": reason}
        self._move(payment, "canceled")

    def _expire(self, payment: Payment, status: str) -> bool:
        reasons = {"pending": "expired_on_confirmation", "waiting_for_capture": "expired_on_capture"}
        if payment.status != status or status not in reasons:
            return False
        payment.challenge = None
        self._cancel(payment, reasons[status])
        return True

    def _require(self, payment: Payment, status: str) -> None:
        if payment.status != status:
            raise invalid(f"The payment is {payment.status}, not {status}", "payment_id")

    def _move(self, payment: Payment, status: str) -> None:
        if (payment.status, status) not in MOVES:
            raise invalid(f"A payment that is {payment.status} cannot become {status}", "payment_id")
        payment.status = status
        self._emit(f"payment.{status}", self.show(payment))
