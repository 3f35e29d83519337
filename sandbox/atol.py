"""The fiscal operator: receipts taken, registered a moment later by the one cash register, reported."""

import asyncio
import random
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.atol_documents import section
from sandbox.clock import dotted, iso, now
from sandbox.deliveries import KEPT, Deliverer
from sandbox.money import cents
from sandbox.settings import Settings

_FISCAL_DRIVE = "9999078900001234"
_CASH_REGISTER = "0000000001234567"
_OFD_INN = "7709364346"


@dataclass
class Receipt:
    """A document on its way: wait -> done | fail. `document` is the body as it came."""

    external_id: str
    operation: str
    group: str
    document: dict[str, Any]
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "wait"
    received_at: datetime = field(default_factory=now)
    payload: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The receipt inside the document: client, company, items, payments, total."""
        content: dict[str, Any] = self.document[section(self.operation)]
        return content

    @property
    def callback_url(self) -> str:
        """Where the result is POSTed; empty when it is only asked for."""
        return self.document.get("service", {}).get("callback_url") or ""

    def report(self) -> dict[str, Any]:
        """The result as GET /report answers it and the callback carries it."""
        error = self.error
        if self.status == "wait":
            error = atol_error(34, "Состояние чека не найдено. Попробуйте позднее")
        return {
            "uuid": self.uuid,
            "status": self.status,
            "error": error,
            "payload": self.payload,
            "external_id": self.external_id,
            "timestamp": dotted(now()),
            "group_code": self.group,
            "daemon_code": "sandbox-agent-1",
            "device_code": "SANDBOX-1-1",
            "callback_url": self.callback_url,
        }

    def as_json(self) -> dict[str, Any]:
        """The receipt as GET /inbox/receipts shows it."""
        shown = {name: value for name, value in vars(self).items() if name != "error"}
        return shown | {
            "received_at": iso(self.received_at),
            "total": self.content["total"],
            "error": self.error,
        }


def atol_error(code: int, text: str, kind: str = "system") -> dict[str, Any]:
    """The `error` object of every answer."""
    return {"error_id": str(uuid.uuid4()), "code": code, "text": text, "type": kind}


class Atol:
    """The receipts of one group of cash registers."""

    def __init__(self, settings: Settings, deliverer: Deliverer) -> None:
        self._settings = settings
        self._deliverer = deliverer
        self.receipts: dict[str, Receipt] = {}
        # What the inbox shows; emptying it leaves the receipts themselves alone.
        self.shown: deque[Receipt] = deque(maxlen=KEPT)
        self._by_external_id: dict[str, Receipt] = {}
        self._registered = 0

    def find(self, external_id: str) -> Receipt | None:
        """The receipt taken with this external_id, if there is one."""
        return self._by_external_id.get(external_id)

    def take(self, operation: str, document: dict[str, Any], delay: float | None = None) -> Receipt:
        """Take a checked document; it is registered after `delay` seconds (the usual ones when None)."""
        receipt = Receipt(document["external_id"], operation, self._settings.atol_group, document)
        self.receipts[receipt.uuid] = receipt
        self.shown.append(receipt)
        self._by_external_id[receipt.external_id] = receipt
        seconds = self._settings.atol_wait_seconds if delay is None else delay
        asyncio.get_running_loop().call_later(seconds, self._register, receipt)
        return receipt

    def fail(self, receipt: Receipt, code: int, text: str) -> None:
        """The cash register refused the receipt."""
        if receipt.status == "wait":
            receipt.status, receipt.error = "fail", atol_error(code, text, "driver")
            self._call_back(receipt)

    def _register(self, receipt: Receipt) -> None:
        if receipt.status != "wait":
            return
        self._registered += 1
        receipt.status = "done"
        receipt.payload = {
            "fiscal_receipt_number": self._registered,
            "shift_number": 1,
            "receipt_datetime": dotted(now()),
            "total": cents(Decimal(receipt.content["total"])),
            "fn_number": _FISCAL_DRIVE,
            "ecr_registration_number": _CASH_REGISTER,
            "fiscal_document_number": self._registered + 1,
            "fiscal_document_attribute": random.randrange(10**9, 2**32),
            "fns_site": "www.nalog.gov.ru",
            "ofd_inn": _OFD_INN,
            "ofd_receipt_url": f"{self._settings.public_url}/receipts/{receipt.uuid}",
        }
        self._call_back(receipt)

    def _call_back(self, receipt: Receipt) -> None:
        if url := receipt.callback_url:
            event = f"{receipt.operation}.{receipt.status}"
            delivery = self._deliverer.record("atol", event, receipt.uuid, url, receipt.report())
            self._deliverer.background(self._deliverer.insist(delivery))
