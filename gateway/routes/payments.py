"""Payments (PY-1) and the payment systems' webhooks (PY-4)."""

from __future__ import annotations

from typing import Any

from contracts.errors import CabinetError
from contracts.rpc.payments import CallbackTaken, Payment, PaymentWithParts, Receipt, Receipts, WebhookTaken
from gateway.models.bills import NewPayment, ReceiptQuery
from gateway.operations import ANYONE, SIGNED_IN, HttpRequest, operation, staff

ACCOUNTANTS = staff("accountant", "administrator")


@operation(
    "POST",
    "/payments",
    SIGNED_IN,
    body=NewPayment,
    answer=Payment,
    status=201,
    idempotent=True,
    errors=(
        "not_found",
        "amount_invalid",
        "currency_mixed",
        "payment_system_unavailable",
        "payment_system_refused",
    ),
    # Billing is asked, then the payment system, which may take its time.
    deadline=20.0,
)
def create_payment(request: HttpRequest) -> Any:
    """Begin one payment for one or several accounts; the customer confirms it at ``confirmation_url``."""
    body = request.body
    return request.service("payments").create(
        parts=[{"account": part.account, "amount": str(part.amount)} for part in body.parts],
        return_url=body.return_url,
        system=body.system,
    )


@operation("GET", "/payments/{payment}", SIGNED_IN, answer=PaymentWithParts, errors=("payment_not_found",))
def show_payment(request: HttpRequest) -> Any:
    """A payment with its parts and its fiscal receipt."""
    return request.service("payments").payment(payment=request.path["payment"])


@operation("POST", "/webhooks/{system}", ANYONE, answer=WebhookTaken, errors=("webhook_refused",))
def payment_webhook(request: HttpRequest) -> Any:
    """A payment system's notification: kept, and believed only as far as the system confirms it when asked."""
    try:
        body = request.raw_body.decode()
    except UnicodeDecodeError as error:
        raise CabinetError("malformed_request") from error
    if not body:
        raise CabinetError("malformed_request")
    return request.service("payments").webhook(
        system=request.path["system"], body=body, remote=request.remote
    )


@operation("POST", "/fiscal-callbacks/{payment}/{seal}", ANYONE, answer=CallbackTaken, errors=("not_found",))
def fiscal_callback(request: HttpRequest) -> Any:
    """The fiscal operator has news of a payment's receipt. What it says is not read: the operator is asked."""
    return request.service("payments").fiscal_callback(
        payment=request.path["payment"], seal=request.path["seal"]
    )


@operation("GET", "/staff/receipts", ACCOUNTANTS, query=ReceiptQuery, answer=Receipts)
def list_receipts(request: HttpRequest) -> Any:
    """Fiscal receipts in a state: those that failed, to be put right and registered again."""
    query = request.query
    return request.service("payments").receipts(state=query.state, cursor=query.cursor, limit=query.limit)


@operation(
    "POST",
    "/staff/receipts/{payment}/registration",
    ACCOUNTANTS,
    answer=Receipt,
    idempotent=True,
    errors=("payment_not_found", "receipt_not_failed"),
)
def register_receipt_again(request: HttpRequest) -> Any:
    """Register a receipt that failed once more, as a new attempt."""
    return request.service("payments").register_receipt_again(payment=request.path["payment"])
