"""Documents for ATOL Online v5 (FFD 1.2), checked: which fields are wrong.

{"timestamp": "dd.mm.yyyy HH:MM:SS", "external_id", "service": {"callback_url"}, "receipt": {"client":
{"email" | "phone"}, "company": {"email", "sno", "inn", "payment_address"}, "items": [{"name", "price",
"quantity", "sum", "measure", "payment_method", "payment_object", "vat": {"type"}}], "payments": [{"type",
"sum"}], "total"}}. A correction has "correction" in place of "receipt", no client needed, and
"correction_info": {"type", "base_date"}.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.clock import MOSCOW

# Tuples, not sets: what is looked for may be anything that JSON can carry, lists included.
_TAX_SYSTEMS = ("osn", "usn_income", "usn_income_outcome", "esn", "patent")
_PAYMENT_METHODS = (
    "full_prepayment",
    "prepayment",
    "advance",
    "full_payment",
    "partial_payment",
    "credit",
    "credit_payment",
)
_VAT = re.compile(r"none|vat(0|5|7|10|18|20|22|105|107|110|118|120|122)", re.ASCII)
_INN = re.compile(r"\d{10}|\d{12}", re.ASCII)
_MAX_ITEMS = 100


def section(operation: str) -> str:
    """The name of the part of the document that holds the receipt."""
    return "correction" if operation == "sell_correction" else "receipt"


def wrong_fields(operation: str, document: Any) -> list[str]:
    """The paths of all fields that are missing or wrong; empty for a good document."""
    if not isinstance(document, dict):
        return ["document"]
    wrong = []
    if not _is_text(document.get("external_id"), 128):
        wrong.append("external_id")
    if not _is_moment(document.get("timestamp"), "%d.%m.%Y %H:%M:%S"):
        wrong.append("timestamp")
    if not isinstance(document.get("service", {}), dict):
        return [*wrong, "service"]
    callback = document.get("service", {}).get("callback_url")
    if callback and not (isinstance(callback, str) and callback.startswith(("http://", "https://"))):
        wrong.append("service.callback_url")
    name = section(operation)
    receipt = document.get(name)
    if not isinstance(receipt, dict):
        return [*wrong, name]
    return wrong + [f"{name}.{path}" for path in _wrong_in_receipt(operation, receipt)]


def _wrong_in_receipt(operation: str, receipt: dict[str, Any]) -> Iterator[str]:
    client = _part(receipt.get("client"))
    if operation == "sell_correction":
        information = _part(receipt.get("correction_info"))
        if information.get("type") not in ("self", "instruction"):
            yield "correction_info.type"
        if not _is_moment(information.get("base_date"), "%d.%m.%Y"):
            yield "correction_info.base_date"
    elif not (_is_text(client.get("email"), 64) or _is_text(client.get("phone"), 64)):
        yield "client"
    company = _part(receipt.get("company"))
    if not _is_text(company.get("email"), 64):
        yield "company.email"
    if company.get("sno") not in _TAX_SYSTEMS:
        yield "company.sno"
    if not _INN.fullmatch(str(company.get("inn", ""))):
        yield "company.inn"
    if not _is_text(company.get("payment_address"), 256):
        yield "company.payment_address"
    wrong = [*_wrong_in_items(receipt.get("items")), *_wrong_in_payments(receipt.get("payments"))]
    total = receipt.get("total")
    if not _is_money(total):
        wrong.append("total")
    elif not wrong and not total == _sum(receipt["items"]) == _sum(receipt["payments"]):
        # The cash register refuses a receipt that does not add up.
        wrong.append("total")
    yield from wrong


def _wrong_in_items(items: Any) -> Iterator[str]:
    if not isinstance(items, list) or not 1 <= len(items) <= _MAX_ITEMS:
        yield "items"
        return
    for place, item in enumerate(items):
        item = _part(item)
        checks = {
            "name": _is_text(item.get("name"), 128),
            "price": _is_money(item.get("price")),
            "quantity": _is_number(item.get("quantity")) and item["quantity"] > 0,
            "sum": _is_money(item.get("sum")),
            "measure": _is_int(item.get("measure")),
            "payment_method": item.get("payment_method") in _PAYMENT_METHODS,
            "payment_object": _is_int(item.get("payment_object")),
            "vat.type": bool(_VAT.fullmatch(str(_part(item.get("vat")).get("type", "")))),
        }
        yield from (f"items[{place}].{name}" for name, good in checks.items() if not good)


def _wrong_in_payments(payments: Any) -> Iterator[str]:
    if not isinstance(payments, list) or not payments:
        yield "payments"
        return
    for place, payment in enumerate(payments):
        payment = _part(payment)
        if not _is_int(payment.get("type")) or not 0 <= payment["type"] <= 9:
            yield f"payments[{place}].type"
        if not _is_money(payment.get("sum")):
            yield f"payments[{place}].sum"


def _sum(parts: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(part["sum"]) for part in parts), Decimal(0))


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or isinstance(value, Decimal)


def _is_money(value: Any) -> bool:
    return _is_number(value) and 0 <= value < 10**10 and round(Decimal(value), 2) == value


def _is_moment(value: Any, notation: str) -> bool:
    try:
        datetime.strptime(value, notation).replace(tzinfo=MOSCOW)
    except (TypeError, ValueError):
        return False
    return True
