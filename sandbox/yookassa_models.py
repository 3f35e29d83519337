"""YooKassa's objects, and their JSON as API v3 answers it and the official SDK parses it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.cards import Card
from sandbox.clock import iso, now
from sandbox.money import cents, rubles

# What the payment system keeps of a payment: a whole percentage, so that a reconciliation has something to
# reconcile.
_COMMISSION = Decimal("0.03")


@dataclass(frozen=True)
class Method:
    """A way to pay: a card, once used or saved for later payments."""

    id: str
    card: Card
    saved: bool

    def as_json(self) -> dict[str, Any]:
        """The `payment_method` object."""
        card = {**vars(self.card), "issuer_country": "RU"}
        title = f"Bank card *{self.card.last4}"
        return {"type": "bank_card", "id": self.id, "saved": self.saved, "title": title, "card": card}


@dataclass(frozen=True)
class Challenge:
    """A card that waits for the 3-D Secure code; `outcome` is what follows a right one."""

    method: Method
    outcome: str


@dataclass
class Payment:
    """A payment: pending -> (waiting_for_capture ->) succeeded | canceled."""

    amount: Decimal
    capture: bool
    return_url: str | None
    description: str | None
    metadata: dict[str, str]
    save_requested: bool
    enforce: bool
    merchant_customer_id: str | None
    has_receipt: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "pending"
    created_at: datetime = field(default_factory=now)
    # A saved card chosen by the merchant while the customer still has to confirm.
    preset: Method | None = None
    challenge: Challenge | None = None
    method: Method | None = None
    authorization: dict[str, Any] | None = None
    captured_at: datetime | None = None
    expires_at: datetime | None = None
    cancellation: dict[str, str] | None = None
    refunded: Decimal = Decimal(0)

    def as_json(self, shop_id: str, public_url: str) -> dict[str, Any]:
        """The Payment object."""
        succeeded = self.status == "succeeded"
        shown: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "amount": rubles(self.amount),
            "description": self.description,
            "recipient": {"account_id": shop_id, "gateway_id": "1"},
            "payment_method": self.method.as_json() if self.method else None,
            "created_at": iso(self.created_at),
            "captured_at": iso(self.captured_at) if self.captured_at else None,
            "expires_at": iso(self.expires_at) if self.expires_at else None,
            "test": True,
            "paid": self.status in ("succeeded", "waiting_for_capture"),
            "refundable": succeeded and self.refunded < self.amount,
            "refunded_amount": rubles(self.refunded) if succeeded else None,
            "income_amount": rubles(self.amount - cents(self.amount * _COMMISSION)) if succeeded else None,
            "metadata": self.metadata,
            "merchant_customer_id": self.merchant_customer_id,
            "cancellation_details": self.cancellation,
            "authorization_details": self.authorization,
        }
        if self.has_receipt:
            shown["receipt_registration"] = {"succeeded": "succeeded", "canceled": "canceled"}.get(
                self.status, "pending"
            )
        if self.status == "pending" and self.return_url:
            url = f"{public_url}/yookassa/checkout/{self.id}"
            shown["confirmation"] = {
                "type": "redirect",
                "return_url": self.return_url,
                "confirmation_url": url,
                "enforce": self.enforce,
            }
        return {name: value for name, value in shown.items() if value is not None}


@dataclass
class Refund:
    """A refund: pending -> succeeded | canceled."""

    payment_id: str
    amount: Decimal
    description: str | None
    metadata: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "pending"
    created_at: datetime = field(default_factory=now)
    cancellation: dict[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The Refund object."""
        shown: dict[str, Any] = {
            "id": self.id,
            "payment_id": self.payment_id,
            "status": self.status,
            "amount": rubles(self.amount),
            "description": self.description,
            "created_at": iso(self.created_at),
            "metadata": self.metadata or None,
            "cancellation_details": self.cancellation,
        }
        return {name: value for name, value in shown.items() if value is not None}
