"""The pages for people: GET / shows what arrived, GET /mail/{id} a mail, GET /receipts/{uuid} a receipt."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.atol import Atol, Receipt
from sandbox.clock import iso
from sandbox.deliveries import Deliverer, Delivery
from sandbox.faults import Faults
from sandbox.mail import Mail, Mailbox
from sandbox.markup import Html, html, join, page
from sandbox.money import cents
from sandbox.smsc import Sms, Smsc
from sandbox.yookassa_models import Payment
from sandbox.yookassa_state import Shop

_SHOWN = 50
_REFRESH_SECONDS = 3
T = TypeVar("T")
Cells = Sequence[object]


class Pages:
    """The window for people."""

    def __init__(
        self, smsc: Smsc, mailbox: Mailbox, atol: Atol, deliverer: Deliverer, shop: Shop, faults: Faults
    ) -> None:
        self._smsc = smsc
        self._mailbox = mailbox
        self._atol = atol
        self._deliverer = deliverer
        self._shop = shop
        self._faults = faults

    def routes(self) -> list[Route]:
        """All pages."""
        return [
            Route("/", self._overview),
            Route("/mail/{id:int}", self._mail),
            Route("/receipts/{uuid}", self._receipt),
        ]

    async def _overview(self, request: Request) -> Response:
        faults = ((fault.target, fault.kind, fault.left) for fault in self._faults.pending)
        parts = [
            _table("SMS", ("when", "phone", "text"), _newest(self._smsc.shown, _sms_cells)),
            _table("Mails", ("when", "to", "subject", "files"), _newest(self._mailbox.mails, _mail_cells)),
            _table(
                "Payments",
                ("when", "amount", "state", "card", "description"),
                _newest(self._shop.payments.values(), _payment_cells),
            ),
            _table(
                "Receipts",
                ("when", "operation", "total", "state", "external id"),
                _newest(self._atol.shown, _receipt_cells),
            ),
            _table(
                "Webhooks",
                ("when", "from", "event", "about", "state", "attempts", "fault"),
                _newest(self._deliverer.records, _delivery_cells),
            ),
            _table("Faults to come", ("target", "kind", "times left"), faults),
        ]
        return HTMLResponse(page("Sandbox", join(parts), _REFRESH_SECONDS))

    async def _mail(self, request: Request) -> Response:
        mail = self._mailbox.find(request.path_params["id"])
        if mail is None:
            return HTMLResponse(page("Mail not found", Html("")), 404)
        files = [
            html(
                '<li><a href="/inbox/mail/{id}/attachments/{number}">{name}</a> ({kind}, {size} bytes)</li>',
                id=mail.id,
                number=number,
                name=attachment.name,
                kind=attachment.content_type,
                size=len(attachment.content),
            )
            for number, attachment in enumerate(mail.attachments)
        ]
        # The message's own HTML runs no scripts and its links open outside of the frame.
        frame = html(
            '<iframe title="HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{source}">'
            "</iframe>",
            source='<base target="_blank">' + mail.html,
        )
        body = html(
            "<p>From {sender} to {to}, {when}</p><ul>{files}</ul><pre>{text}</pre>{frame}",
            sender=mail.header_from,
            to=", ".join(mail.recipients),
            when=iso(mail.received_at),
            files=join(files),
            text=mail.text,
            frame=frame if mail.html else Html(""),
        )
        return HTMLResponse(page(mail.subject or "(no subject)", body))

    async def _receipt(self, request: Request) -> Response:
        receipt = self._atol.receipts.get(request.path_params["uuid"])
        if receipt is None:
            return HTMLResponse(page("Receipt not found", Html("")), 404)
        items = (
            (item["name"], item["quantity"], cents(Decimal(item["price"])), cents(Decimal(item["sum"])))
            for item in receipt.content["items"]
        )
        marks = (receipt.payload or {}).items()
        body = html(
            "<p>{operation}: <strong>{total} RUB</strong>, {status}</p>{items}{marks}",
            operation=receipt.operation,
            total=cents(Decimal(receipt.content["total"])),
            status=receipt.status,
            items=_table("Items", ("name", "quantity", "price", "sum"), items),
            marks=_table("Marks", ("name", "value"), marks),
        )
        return HTMLResponse(page("Fiscal receipt", body))


def _newest(things: Iterable[T], cells: Callable[[T], Cells]) -> list[Cells]:
    return [cells(thing) for thing in islice(reversed(list(things)), _SHOWN)]


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    lines = [_row(row, "td") for row in rows]
    if not lines:
        return html('<h2>{title}</h2><p class="empty">Nothing yet</p>', title=title)
    return html(
        '<h2>{title}</h2><div class="wide"><table>{head}{lines}</table></div>',
        title=title,
        head=_row(heads, "th"),
        lines=join(lines),
    )


def _row(cells: Sequence[object], tag: str) -> Html:
    filled = (html("<{tag}>{cell}</{tag}>", tag=tag, cell=cell) for cell in cells)
    return html("<tr>{cells}</tr>", cells=join(filled))


def _sms_cells(sms: Sms) -> Cells:
    return iso(sms.received_at), sms.phone, html("<pre>{text}</pre>", text=sms.text)


def _mail_cells(mail: Mail) -> Cells:
    link = html('<a href="/mail/{id}">{subject}</a>', id=mail.id, subject=mail.subject or "(no subject)")
    return iso(mail.received_at), ", ".join(mail.recipients), link, len(mail.attachments) or ""


def _payment_cells(payment: Payment) -> Cells:
    state = payment.status
    if payment.cancellation:
        state += f" ({payment.cancellation['reason']})"
    elif payment.refunded:
        state += f", refunded {cents(payment.refunded)}"
    link = html('<a href="/yookassa/checkout/{id}">{state}</a>', id=payment.id, state=state)
    card = payment.method.card.mask if payment.method else ""
    return iso(payment.created_at), f"{cents(payment.amount)} RUB", link, card, payment.description or ""


def _receipt_cells(receipt: Receipt) -> Cells:
    link = html('<a href="/receipts/{uuid}">{status}</a>', uuid=receipt.uuid, status=receipt.status)
    total = cents(Decimal(receipt.content["total"]))
    return iso(receipt.received_at), receipt.operation, total, link, receipt.external_id


def _delivery_cells(delivery: Delivery) -> Cells:
    return (
        iso(delivery.created_at),
        delivery.source,
        delivery.event,
        delivery.object_id,
        delivery.state,
        len(delivery.attempts),
        delivery.fault or "",
    )
