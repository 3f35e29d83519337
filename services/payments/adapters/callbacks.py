"""Addresses that the fiscal operator calls: one a receipt, and none that could be guessed.

They are derived from a key, so that a receipt that is sent twice has the same one, and nothing need be kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

PATH = "/api/v1/fiscal-callbacks/"


class Callbacks:
    """Makes and knows them, below the address that the deployment has outside."""

    def __init__(self, public_url: str, key: str) -> None:
        self._base = public_url.rstrip("/") + PATH
        self._key = key.encode()

    def address(self, payment: str) -> str:
        """Where the operator tells that there is news of a payment's receipt."""
        return f"{self._base}{payment}/{self.seal(payment)}"

    def seal(self, payment: str) -> str:
        """The last part of it: 43 characters."""
        mac = hmac.new(self._key, f"fiscal-callback:{payment}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def is_right(self, payment: str, seal: str) -> bool:
        """Is it that of the payment?"""
        return hmac.compare_digest(self.seal(payment).encode(), seal.encode())
