"""Documents for customers as PDF, set with Typst. The bill is `render_bill`; its input is in ``model``."""

from services.billing.adapters.documents.bill import render_bill
from services.billing.adapters.documents.model import (
    BillDocument,
    BillDocumentError,
    ChargeRow,
    Loyalty,
    Provider,
    ReadingRow,
    Requisite,
    Totals,
)

__all__ = [
    "BillDocument",
    "BillDocumentError",
    "ChargeRow",
    "Loyalty",
    "Provider",
    "ReadingRow",
    "Requisite",
    "Totals",
    "render_bill",
]
