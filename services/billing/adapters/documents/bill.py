"""The bill (BL-7): a `BillDocument` set by ``bill.typ``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.money import SIGNS
from contracts.wording import words
from services.billing.adapters.documents import tables
from services.billing.adapters.documents.figures import clean, day, money, month
from services.billing.adapters.documents.model import BillDocument
from services.billing.adapters.documents.qr import draw_qr
from services.billing.adapters.documents.typesetter import Typesetter

_typesetter: Final = Typesetter("bill.typ")


def render_bill(document: BillDocument) -> bytes:
    """Return the bill as PDF: the same document, the same bytes. It may be called from many threads."""
    return _typesetter.pdf(_data(document), document.issued_on)


def _data(document: BillDocument) -> dict[str, Any]:
    """Everything that the template shows, as text: how a number or a date looks is decided in Python."""
    language, labels = document.language, words(document.language, "bill")
    return {
        "lang": language,
        "labels": {**labels, **_filled_labels(document, labels)},
        "provider": {
            "name": clean(document.provider.name),
            "contacts": [clean(line) for line in document.provider.contacts],
            "requisites": [
                [labels[requisite.kind], clean(requisite.value)] for requisite in document.provider.requisites
            ],
        },
        "account": clean(document.account_number),
        "holder": clean(document.holder),
        "address": clean(document.address),
        "panel": _panel(document, labels),
        "balance": {
            name: money(getattr(document.totals, name), language)
            for name in ("opening", "paid", "charged", "closing", "vat")
        },
        "style": tables.STYLE,
        "charges": tables.charges(document.charges, document.totals, labels, language),
        "readings": tables.readings(document.readings, labels, language),
        "loyalty": document.loyalty
        and {"level": clean(document.loyalty.level), "points": f"{document.loyalty.points}"},
        "qr": _qr(document),
    }


def _filled_labels(document: BillDocument, labels: Mapping[str, Any]) -> dict[str, str]:
    bill, language = clean(document.number), document.language
    return {
        "title_period": labels["title_period"].format(period=month(document.period, language)),
        "number": labels["number"].format(number=bill, date=day(document.issued_on, language)),
        "balance_note": labels["balance_note"].format(currency=labels["currency"][document.currency]),
        "footer": labels["footer"].format(number=bill, account=clean(document.account_number)),
    }


def _panel(document: BillDocument, labels: Mapping[str, Any]) -> dict[str, str]:
    """The answer to the one question that a bill is opened with: how much, and until when."""
    closing, language = document.totals.closing, document.language
    due = labels["due"].format(date=day(document.due_on, language))
    return {
        "label": labels["to_pay" if closing > 0 else "overpaid" if closing < 0 else "settled"],
        "amount": money(closing, language),
        "sign": SIGNS[document.currency],
        "note": due if closing > 0 else labels["nothing_to_pay"],
    }


def _qr(document: BillDocument) -> dict[str, Any] | None:
    if document.payment_text is None or not document.to_pay:
        return None
    drawing = draw_qr(document.payment_text)
    return {"svg": drawing.svg, "modules": drawing.modules}
