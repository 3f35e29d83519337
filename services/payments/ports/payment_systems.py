"""Payment systems: what each adapter offers, and what can go wrong. No system's own word stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


class SystemUnavailableError(Exception):
    """The payment system did not answer, or not in its own language: the outcome is unknown."""


class SystemRefusedError(Exception):
    """The payment system understood and refused; ``str`` is its code."""


@dataclass(frozen=True)
class RemotePayment:
    """A payment as the system tells it. ``status``: ``pending``, ``captured`` or ``canceled``."""

    external_id: str
    status: str
    amount: Decimal
    currency: str
    our_id: str
    confirmation_url: str | None
    paid_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Notice:
    """What a webhook claims; a hint to ask about the object, never a fact."""

    object_id: str
    event: str


class PaymentSystem(Protocol):
    """An adapter. Every call ends within seconds, with an answer or SystemUnavailableError."""

    def create(
        self, payment: str, amount: Decimal, currency: str, description: str, return_url: str
    ) -> RemotePayment:
        """Register a payment; the same ``payment`` again gives the same one."""

    def fetch(self, external_id: str) -> RemotePayment | None:
        """Ask about a payment; None if the system does not know it."""

    def read_notice(self, body: bytes) -> Notice | None:
        """What a webhook's body is about; None if it cannot be read."""

    def trusts(self, remote: str) -> bool:
        """Does the webhook come from the system's network?"""
