"""YooKassa API v3 over HTTP, as its documentation and its Python SDK describe it.

HTTP Basic shopId:secretKey; `Idempotence-Key` on every POST; errors as in `yookassa_errors`. Below
/yookassa/v3: POST /payments, GET /payments (created_at.gte|gt|lte|lt, status, limit, cursor), GET
/payments/{id}, POST /payments/{id}/capture, POST /payments/{id}/cancel, POST /refunds, GET /refunds/{id}. Not
YooKassa's, for tests: POST /yookassa/expire/{id} lets the time to pay or to capture run out.
"""

import base64
import secrets
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults, answer_under
from sandbox.idempotence import Answers
from sandbox.money import rubles
from sandbox.settings import Settings
from sandbox.web import json_response, load_json
from sandbox.yookassa_errors import YooKassaError, invalid
from sandbox.yookassa_list import list_page
from sandbox.yookassa_requests import read_amount, read_payment, read_refund
from sandbox.yookassa_state import Shop

BASE = "/yookassa/v3"
Endpoint = Callable[[Request], Awaitable[Response]]
Body = dict[str, Any]


class YooKassaApi:
    """The HTTP side of `Shop`."""

    def __init__(self, settings: Settings, shop: Shop, faults: Faults) -> None:
        self._credentials = f"{settings.shop_id}:{settings.secret_key}".encode()
        self._shop = shop
        self._faults = faults
        self._answers = Answers()

    def routes(self) -> list[Route]:
        """All paths of the API."""

        def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
            return Route(BASE + path, self._guarded(endpoint), methods=[method])

        return [
            route("/payments", self._create, "POST"),
            route("/payments", self._list),
            route("/payments/{id}", self._payment),
            route("/payments/{id}/capture", self._capture, "POST"),
            route("/payments/{id}/cancel", self._cancel, "POST"),
            route("/refunds", self._refund, "POST"),
            route("/refunds/{id}", self._find_refund),
            Route("/yookassa/expire/{id}", self._expire, methods=["POST"]),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                self._authorize(request.headers.get("authorization", ""))
                return await endpoint(request)
            except YooKassaError as error:
                return error.response()

        return guarded

    def _authorize(self, header: str) -> None:
        scheme, _, encoded = header.partition(" ")
        try:
            given = base64.b64decode(encoded) if scheme.lower() == "basic" else b""
        except ValueError:
            given = b""
        if not secrets.compare_digest(given, self._credentials):
            raise YooKassaError("invalid_credentials", "Error in shopId or secret key", "Authorization")

    async def _create(self, request: Request) -> Response:
        def work(body: Body, fault: Fault | None) -> Body:
            payment, method_id = read_payment(body), body.get("payment_method_id")
            if method_id is not None and not isinstance(method_id, str):
                raise invalid("A string is expected", "payment_method_id")
            return self._shop.show(self._shop.create(payment, method_id, _refusal(fault)))

        return await self._post(request, "yookassa.create", work)

    async def _capture(self, request: Request) -> Response:
        def work(body: Body, fault: Fault | None) -> Body:
            payment = self._shop.payment(request.path_params["id"])
            self._shop.capture(payment, read_amount(body) if "amount" in body else None)
            return self._shop.show(payment)

        return await self._post(request, None, work)

    async def _cancel(self, request: Request) -> Response:
        def work(body: Body, fault: Fault | None) -> Body:
            payment = self._shop.payment(request.path_params["id"])
            self._shop.cancel(payment)
            return self._shop.show(payment)

        return await self._post(request, None, work)

    async def _refund(self, request: Request) -> Response:
        def work(body: Body, fault: Fault | None) -> Body:
            delay = fault.seconds if fault and fault.kind == "late" else None
            return self._shop.take_refund(read_refund(body), _refusal(fault), delay).as_json()

        return await self._post(request, "yookassa.refund", work)

    async def _payment(self, request: Request) -> Response:
        payment = self._shop.payment(request.path_params["id"])
        return await self._get(request, lambda fault: _told(self._shop.show(payment), fault))

    async def _find_refund(self, request: Request) -> Response:
        refund = self._shop.refund(request.path_params["id"])
        return await self._get(request, lambda fault: _told(refund.as_json(), fault))

    async def _list(self, request: Request) -> Response:
        payments, cursor = list_page(list(self._shop.payments.values()), request.query_params)

        def work(fault: Fault | None) -> Body:
            page: Body = {"type": "list", "items": [_told(self._shop.show(one), fault) for one in payments]}
            return page | {"next_cursor": cursor} if cursor else page

        return await self._get(request, work)

    async def _expire(self, request: Request) -> Response:
        try:
            payment = self._shop.payment(request.path_params["id"])
        except YooKassaError as error:
            return error.response()
        expired = self._shop.expire(payment)
        return json_response(self._shop.show(payment), 200 if expired else 409)

    async def _get(self, request: Request, work: Callable[[Fault | None], Body]) -> Response:
        fault = self._faults.take("yookassa.get")
        return await answer_under(fault, request, lambda: json_response(work(fault)), _internal_error)

    async def _post(
        self, request: Request, target: str | None, work: Callable[[Body, Fault | None], Body]
    ) -> Response:
        raw = await request.body()
        try:
            body = load_json(raw) if raw else {}
        except ValueError:
            raise invalid("The body is not JSON") from None
        if not isinstance(body, dict):
            raise invalid("The body is not a JSON object")
        fault = self._faults.take(target) if target else None

        def answer() -> Response:
            key, path = request.headers.get("idempotence-key"), request.url.path
            text = self._answers.once(key, path, body, lambda: work(body, fault))
            return Response(text, media_type="application/json")

        return await answer_under(fault, request, answer, _internal_error)


def _internal_error() -> Response:
    return YooKassaError("internal_server_error", "Internal server error").response()


def _refusal(fault: Fault | None) -> str | None:
    return fault.reason if fault and fault.kind == "error" else None


def _told(thing: Body, fault: Fault | None) -> Body:
    """The object as it is told: with another amount when the fault says so."""
    if fault is None or fault.kind != "wrong_amount":
        return thing
    return {**thing, "amount": rubles(fault.wrong(Decimal(thing["amount"]["value"])))}
