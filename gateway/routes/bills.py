"""Bills, explained and as PDF (BL-7, BL-12)."""

from __future__ import annotations

import base64
from typing import Any

from contracts.rpc.billing import BillWithLines
from gateway.models.bills import PdfQuery
from gateway.operations import SIGNED_IN, Document, HttpRequest, operation


@operation("GET", "/bills/{bill}", SIGNED_IN, answer=BillWithLines, errors=("bill_not_found",))
def show_bill(request: HttpRequest) -> Any:
    """A bill with every line's formula, inputs, rule and source."""
    return request.service("billing").bill(bill=request.path["bill"])


@operation(
    "GET",
    "/bills/{bill}/pdf",
    SIGNED_IN,
    query=PdfQuery,
    media="application/pdf",
    errors=("bill_not_found",),
)
def bill_pdf(request: HttpRequest) -> Any:
    """The bill as PDF with its payment code."""
    made = request.service("billing").bill_pdf(bill=request.path["bill"], language=request.query.language)
    return Document(base64.b64decode(made["content"]), "application/pdf", made["name"])
