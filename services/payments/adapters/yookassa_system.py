"""YooKassa through its own SDK (PY-2).

The SDK has no timeouts and fails on a broken line or a proxy's page with errors of other kinds; both are mended here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import requests
from yookassa import Configuration, Payment
from yookassa.domain.exceptions import (
    ApiError,
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
)

from chassis.configuration import Environment
from chassis.deadline import TimedOutError, within
from services.payments.ports.payment_systems import (
    Notice,
    RemotePayment,
    SystemRefusedError,
    SystemUnavailableError,
)

TIMEOUT = 10.0
STATUSES = {
    "pending": "pending",
    "waiting_for_capture": "pending",
    "succeeded": "captured",
    "canceled": "canceled",
}
# Published by YooKassa as the senders of its notifications.
NETWORKS = ",".join(
    (
        "185.71.76.0/27",
        "185.71.77.0/27",
        "77.75.153.0/25",
        "77.75.156.11/32",
        "77.75.156.35/32",
        "77.75.154.128/25",
        "2a02:5180::/32",
    )
)

ID_FORM = re.compile(r"[0-9A-Za-z-]{1,100}")
EVENT_FORM = re.compile(r"[a-z_.]{1,100}")


class _Object(msgspec.Struct):
    id: str


class _Notification(msgspec.Struct):
    event: str
    object: _Object


class YooKassaSystem:
    """See PaymentSystem."""

    def __init__(self, networks: str) -> None:
        self._networks = [ipaddress.ip_network(item.strip()) for item in networks.split(",")]

    def create(
        self, payment: str, amount: Decimal, currency: str, description: str, return_url: str
    ) -> RemotePayment:
        """Register a payment; our id is the idempotence key."""
        request = {
            "amount": {"value": f"{amount:.2f}", "currency": currency},
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": return_url},
            "description": description[:128],
            "metadata": {"payment": payment},
        }
        return self._read(self._call(lambda: Payment.create(request, payment)))

    def fetch(self, external_id: str) -> RemotePayment | None:
        """Ask about a payment."""
        try:
            return self._read(self._call(lambda: Payment.find_one(external_id)))
        except SystemRefusedError as refused:
            if str(refused) == "not_found":
                return None
            raise

    def read_notice(self, body: bytes) -> Notice | None:
        """Body of a notification."""
        try:
            found = msgspec.json.decode(body, type=_Notification)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        # The id becomes a part of an address, both go to the database.
        if not ID_FORM.fullmatch(found.object.id) or not EVENT_FORM.fullmatch(found.event):
            return None
        return Notice(found.object.id, found.event)

    def trusts(self, remote: str) -> bool:
        """The notification is not signed: only its sender's network and asking again tell."""
        try:
            address = ipaddress.ip_address(remote)
        except ValueError:
            return False
        # How a socket that listens to both families names a sender of the older one.
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)

    def _call(self, ask: Callable[[], Any]) -> Any:
        try:
            return within(TIMEOUT, ask)
        except (BadRequestError, ForbiddenError) as error:
            raise SystemRefusedError(_code(error, "invalid_request")) from error
        except NotFoundError as error:
            raise SystemRefusedError("not_found") from error
        except UnauthorizedError as error:
            # Wrong keys are our fault, not the payer's; nothing is known of the payment.
            raise SystemUnavailableError("unauthorized") from error
        except (
            ApiError,
            requests.RequestException,
            TimedOutError,
            AttributeError,
            ValueError,
            OSError,
        ) as error:
            raise SystemUnavailableError(type(error).__name__) from error

    @staticmethod
    def _read(answer: Any) -> RemotePayment:
        try:
            cancellation = answer.cancellation_details
            confirmation = answer.confirmation
            captured = answer.captured_at
            return RemotePayment(
                external_id=str(answer.id),
                status=STATUSES[str(answer.status)],
                amount=Decimal(str(answer.amount.value)),
                currency=str(answer.amount.currency),
                our_id=str((answer.metadata or {}).get("payment", "")),
                confirmation_url=getattr(confirmation, "confirmation_url", None) if confirmation else None,
                paid_at=datetime.fromisoformat(str(captured)) if captured else None,
                reason=str(cancellation.reason) if cancellation else "",
            )
        except (KeyError, AttributeError, InvalidOperation, ValueError) as error:
            raise SystemUnavailableError("unreadable answer") from error


def _code(error: Any, default: str) -> str:
    content = error.args[0] if getattr(error, "args", None) else None
    return str(content.get("code", default)) if isinstance(content, dict) else default


def make_yookassa(env: Environment) -> YooKassaSystem:
    """From the environment. The SDK keeps its configuration for the whole process."""
    Configuration.configure(
        env.text("YOOKASSA_SHOP_ID"),
        env.text("YOOKASSA_SECRET_KEY"),
        api_url=env.text("YOOKASSA_API_URL", "https://api.yookassa.ru/v3"),
        max_attempts=0,
    )
    try:
        return YooKassaSystem(env.text("YOOKASSA_WEBHOOK_NETWORKS", NETWORKS))
    except ValueError as error:
        env.faults.append(f"YOOKASSA_WEBHOOK_NETWORKS: {error}")
        return YooKassaSystem(NETWORKS)
