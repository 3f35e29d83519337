"""The bodies that API v3 accepts, checked; wrong ones raise YooKassaError."""

from decimal import Decimal
from typing import Any

from sandbox.money import parse_amount
from sandbox.yookassa_errors import invalid
from sandbox.yookassa_models import Payment, Refund

_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 16, 32, 512
_LENGTHS = {"description": 128, "merchant_customer_id": 200}


def read_amount(body: dict[str, Any]) -> Decimal:
    """The `amount` object, in rubles: the currency of the shop."""
    amount = body.get("amount")
    if not isinstance(amount, dict):
        raise invalid("Missing or malformed amount", "amount")
    if amount.get("currency") != "RUB":
        raise invalid("The currency is not the currency of the shop", "amount.currency")
    try:
        return parse_amount(amount.get("value"))
    except ValueError as error:
        raise invalid(f"Incorrect value: {error}", "amount.value") from None


def read_payment(body: dict[str, Any]) -> Payment:
    """A new payment from the body of POST /payments."""
    return_url, enforce = _read_confirmation(body)
    return Payment(
        amount=read_amount(body),
        # YooKassa's own default: without `capture` a payment waits to be captured.
        capture=_flag(body, "capture"),
        return_url=return_url,
        description=_text(body, "description"),
        metadata=_read_metadata(body),
        save_requested=_flag(body, "save_payment_method"),
        enforce=enforce,
        merchant_customer_id=_text(body, "merchant_customer_id"),
        has_receipt=_has_receipt(body),
    )


def read_refund(body: dict[str, Any]) -> Refund:
    """A new refund from the body of POST /refunds."""
    payment_id = body.get("payment_id")
    if not isinstance(payment_id, str) or not payment_id:
        raise invalid("Missing payment_id", "payment_id")
    _has_receipt(body)
    return Refund(payment_id, read_amount(body), _text(body, "description"), _read_metadata(body))


def _read_confirmation(body: dict[str, Any]) -> tuple[str | None, bool]:
    confirmation = body.get("confirmation")
    if confirmation is None:
        if not body.get("payment_method_id"):
            raise invalid("Confirmation is required without payment_method_id", "confirmation")
        return None, False
    if not isinstance(confirmation, dict) or confirmation.get("type") != "redirect":
        raise invalid("Only the redirect confirmation is enabled for the shop", "confirmation.type")
    url = confirmation.get("return_url")
    # Only these schemes: the address becomes a link and a redirect on the card page.
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or len(url) > 2048:
        raise invalid("Incorrect return_url", "confirmation.return_url")
    enforce = confirmation.get("enforce", False)
    if not isinstance(enforce, bool):
        raise invalid("Incorrect enforce", "confirmation.enforce")
    return url, enforce


def _read_metadata(body: dict[str, Any]) -> dict[str, str]:
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict) or len(metadata) > _METADATA_KEYS:
        raise invalid(f"Metadata is an object of at most {_METADATA_KEYS} keys", "metadata")
    for key, value in metadata.items():
        if not isinstance(value, str) or len(key) > _METADATA_KEY or len(value) > _METADATA_VALUE:
            raise invalid(f"Incorrect key or value: {key[:_METADATA_KEY]}", "metadata")
    return metadata


def _has_receipt(body: dict[str, Any]) -> bool:
    receipt = body.get("receipt")
    if receipt is not None and not (isinstance(receipt, dict) and isinstance(receipt.get("items"), list)):
        raise invalid("A receipt has items", "receipt")
    return receipt is not None


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid("A boolean is expected", name)
    return value


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > _LENGTHS[name]):
        raise invalid(f"A string of at most {_LENGTHS[name]} characters is expected", name)
    return value
