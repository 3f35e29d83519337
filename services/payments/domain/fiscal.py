"""The fiscal receipt of a payment (54-FZ; ATOL Online v5, FFD 1.2) and the check code of a registered one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.payments.domain.orders import Part


@dataclass(frozen=True)
class Company:
    """Who receives the money, as the receipt names it."""

    email: str
    sno: str
    inn: str
    payment_address: str
    vat: str
    item_name: str


def external_id(payment: str, attempt: int) -> str:
    """By what the operator knows an attempt to register the receipt of a payment. The same one again gives the first
    receipt; after a final failure it takes a new one (ATOL Online)."""
    return payment if attempt == 1 else f"{payment}-{attempt}"


def receipt_document(
    known_as: str,
    parts: Sequence[Part],
    companies: dict[str, Company],
    client: dict[str, str],
    at: datetime,
    callback: str,
) -> dict[str, Any]:
    """The request body for ``sell``: one item an account. Amounts are exact decimals as text until they are sent."""
    first = companies[parts[0].provider]
    items = [
        {
            "name": f"{companies[part.provider].item_name}, л/с {part.number}"[:128],
            "price": part.amount,
            "quantity": 1,
            "sum": part.amount,
            "measure": 0,
            "payment_method": "advance",
            "payment_object": 10,
            "vat": {"type": companies[part.provider].vat},
        }
        for part in parts
    ]
    total = sum((part.amount for part in parts), Decimal(0))
    return {
        "external_id": known_as,
        "timestamp": at.strftime("%d.%m.%Y %H:%M:%S"),
        "service": {"callback_url": callback},
        "receipt": {
            "client": client,
            "company": {
                "email": first.email,
                "sno": first.sno,
                "inn": first.inn,
                "payment_address": first.payment_address,
            },
            "items": items,
            "payments": [{"type": 1, "sum": total}],
            "total": total,
        },
    }


def check_qr(at: str, total: Decimal, drive: str, document: str, sign: str) -> str:
    """The code with which anyone checks the receipt. ``at`` as the fiscal operator gives it, dd.mm.yyyy HH:MM:SS."""
    moment = datetime.strptime(at, "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - the cash register's own wall clock
    return f"t={moment:%Y%m%dT%H%M}&s={total:.2f}&fn={drive}&i={document}&fp={sign}&n=1"
