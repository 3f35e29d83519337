"""The pages on which the customer pays: the card, then the code of 3-D Secure when the card asks for one.

GET and POST /yookassa/checkout/{payment_id}: form fields card_number, expiry (MM/YY), cvc, save_card ("1"
when ticked); only cvc when the merchant chose a saved card and asked for 3-D Secure. GET and POST
/yookassa/checkout/{payment_id}/3ds: form field code. A mistake shows the form again with status 422;
otherwise 303, to the code or to the return_url.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.cards import (
    APPROVED,
    THREE_D_SECURE,
    THREE_D_SECURE_CODE,
    CardError,
    check_cvc,
    read_card,
)
from sandbox.clock import MOSCOW, now
from sandbox.markup import Html, html, page
from sandbox.money import cents
from sandbox.web import read_form
from sandbox.yookassa_errors import YooKassaError
from sandbox.yookassa_models import Method, Payment
from sandbox.yookassa_state import Shop

_ERROR = '<p class="error" role="alert">{error}</p>'
_TEXT = (
    '<label for="{name}">{label}</label><input type="{type}" id="{name}" name="{name}" value="{value}" '
    'autocomplete="off" inputmode="numeric" required>'
)
_SAVE = '<p><label><input type="checkbox" name="save_card" value="1"{checked}> Save the card</label></p>'
_FORM = (
    '<form method="post"><p>{description}</p><p>To pay: <strong>{amount} RUB</strong></p>{error}{fields}'
    "<button>{button}</button></form>"
)
_STATE = '<div class="box"><p>{description}</p><p>{amount} RUB: <strong>{state}</strong></p>{back}</div>'
_STATES = {"succeeded": "paid", "waiting_for_capture": "paid, waits for the shop", "pending": "not paid yet"}


class CheckoutPage:
    """The customer's side of `Shop`."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """The card and the code."""
        path = "/yookassa/checkout/{id}"
        return [
            Route(path, self._card, methods=["GET", "POST"]),
            Route(path + "/3ds", self._code, methods=["GET", "POST"]),
        ]

    async def _card(self, request: Request) -> Response:
        form = await read_form(request)
        payment = self._find(request)
        if payment is None:
            return HTMLResponse(page("Payment not found", Html("")), 404)
        if payment.status != "pending" or payment.return_url is None:
            return _state_page(payment)
        if payment.challenge:
            return _to_code(payment)
        if request.method == "GET":
            return _card_page(payment)
        try:
            method, outcome = self._read(payment, form)
        except CardError as error:
            return _card_page(payment, form, str(error))
        if outcome == THREE_D_SECURE or payment.enforce:
            self._shop.challenge(payment, method, APPROVED if outcome == THREE_D_SECURE else outcome)
            return _to_code(payment)
        self._shop.settle(payment, method, outcome, three_d_secure=False)
        return RedirectResponse(payment.return_url, 303)

    async def _code(self, request: Request) -> Response:
        form = await read_form(request)
        payment = self._find(request)
        if payment is None:
            return HTMLResponse(page("Payment not found", Html("")), 404)
        if payment.status != "pending" or payment.return_url is None:
            return _state_page(payment)
        if payment.challenge is None:
            return RedirectResponse(f"/yookassa/checkout/{payment.id}", 303)
        if request.method == "GET":
            return _code_page(payment)
        method, outcome = payment.challenge.method, payment.challenge.outcome
        if form.get("code", "").strip() != THREE_D_SECURE_CODE:
            outcome = "3d_secure_failed"
        self._shop.settle(payment, method, outcome, three_d_secure=True)
        return RedirectResponse(payment.return_url, 303)

    def _find(self, request: Request) -> Payment | None:
        try:
            return self._shop.payment(request.path_params["id"])
        except YooKassaError:
            return None

    def _read(self, payment: Payment, form: dict[str, str]) -> tuple[Method, str]:
        if payment.preset:
            check_cvc(form.get("cvc", ""))
            return payment.preset, APPROVED
        number, expiry, cvc = (form.get(name, "") for name in ("card_number", "expiry", "cvc"))
        card, outcome = read_card(number, expiry, cvc, now().astimezone(MOSCOW).date())
        return self._shop.method_for(payment, card, form.get("save_card") == "1"), outcome


def _to_code(payment: Payment) -> Response:
    return RedirectResponse(f"/yookassa/checkout/{payment.id}/3ds", 303)


def _field(name: str, label: str, value: str = "", kind: str = "text") -> Html:
    return html(_TEXT, name=name, label=label, value=value, type=kind)


def _form_page(
    title: str, payment: Payment, fields: Html, button: str, error: str | None = None
) -> HTMLResponse:
    form = html(
        _FORM,
        description=payment.description or "",
        amount=cents(payment.amount),
        error=html(_ERROR, error=error) if error else Html(""),
        fields=fields,
        button=button,
    )
    return HTMLResponse(page(title, form), 422 if error else 200)


def _card_page(payment: Payment, form: dict[str, str] | None = None, error: str | None = None) -> Response:
    form = form or {}
    cvc = _field("cvc", "CVC", kind="password")
    if payment.preset:
        fields = html("<p>{card}</p>{cvc}", card=payment.preset.card.mask, cvc=cvc)
    else:
        # The number and the CVC are never shown again. A card that is saved anyway has no box to tick.
        ticked = Html(" checked" if form.get("save_card") == "1" else "")
        fields = html(
            "{number}{expiry}{cvc}{save}",
            number=_field("card_number", "Card number"),
            expiry=_field("expiry", "Expiry date (MM/YY)", form.get("expiry", "")),
            cvc=cvc,
            save=Html("") if payment.save_requested else html(_SAVE, checked=ticked),
        )
    return _form_page("Pay by card", payment, fields, "Pay", error)


def _code_page(payment: Payment) -> Response:
    assert payment.challenge
    hint = html("<p>The bank of {card} sent you a code.</p>", card=payment.challenge.method.card.mask)
    fields = html("{hint}{code}", hint=hint, code=_field("code", "Code"))
    return _form_page("3-D Secure", payment, fields, "Confirm")


def _state_page(payment: Payment) -> Response:
    state = _STATES.get(payment.status, payment.status)
    if payment.cancellation:
        state = f"canceled ({payment.cancellation['reason']})"
    back = Html("")
    if payment.return_url:
        back = html('<p><a href="{url}">Back to the shop</a></p>', url=payment.return_url)
    body = html(
        _STATE, description=payment.description or "", amount=cents(payment.amount), state=state, back=back
    )
    return HTMLResponse(page("Payment", body))
