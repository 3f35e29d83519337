"""ATOL Online's HTTP interface, version 5. Below /atol/possystem/v5:

POST /getToken {"login", "pass"} -> {"token", "error": null, "timestamp"}; POST /{group}/sell | sell_refund |
sell_correction and GET /{group}/report/{uuid} with the header Token. Answers {"uuid", "status": wait | done |
fail, "error", "timestamp", ...}; error {"error_id", "code", "text", "type"}. Codes: 10 no token, 11 an old
token, 12 login, 13 malformed request, 20 group, 30 uuid, 31 operation, 32 wrong fields, 33 repeated
external_id (with the uuid of the first), 34 not registered yet, 1 not processed.
"""

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.atol import Atol, Receipt, atol_error
from sandbox.atol_documents import wrong_fields
from sandbox.clock import dotted, now
from sandbox.faults import Fault, Faults, answer_under
from sandbox.settings import Settings
from sandbox.web import json_response, load_json

BASE = "/atol/possystem/v5"
_OPERATIONS = ("sell", "sell_refund", "sell_correction")
_TOKEN_SECONDS = 24 * 3600


class _Refused(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, code: int, text: str, uuid: str | None = None, state: str = "fail"
    ) -> None:
        super().__init__(text)
        self.response = _answer(uuid, state, status, atol_error(code, text))


def _answer(uuid: str | None, state: str, status: int = 200, error: object = None) -> Response:
    body = {"uuid": uuid, "status": state, "error": error, "timestamp": dotted(now())}
    return json_response(body, status)


class AtolApi:
    """The HTTP side of `Atol`."""

    def __init__(self, settings: Settings, atol: Atol, faults: Faults) -> None:
        self._settings = settings
        self._atol = atol
        self._faults = faults
        self._tokens: dict[str, float] = {}

    def routes(self) -> list[Route]:
        """All paths of the interface."""
        return [
            Route(BASE + "/getToken", self._token, methods=["POST"]),
            Route(BASE + "/{group}/report/{uuid}", self._report),
            Route(BASE + "/{group}/{operation}", self._register, methods=["POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        try:
            body = load_json(await request.body())
            given = f"{body['login']}\n{body['pass']}".encode()
        except (ValueError, KeyError, TypeError):
            error = atol_error(13, "Ошибка валидации входящего запроса. Ошибочные поля: login, pass")
            return json_response({"error": error, "timestamp": dotted(now())}, 400)
        expected = f"{self._settings.atol_login}\n{self._settings.atol_password}".encode()
        if not secrets.compare_digest(given, expected):
            error = atol_error(12, "Неверный логин или пароль")
            return json_response({"error": error, "timestamp": dotted(now())}, 401)
        token = secrets.token_hex(16)
        self._tokens[token] = time.monotonic() + _TOKEN_SECONDS
        return json_response({"error": None, "token": token, "timestamp": dotted(now())})

    async def _register(self, request: Request) -> Response:
        raw = await request.body()
        fault = None
        try:
            self._authorize(request)
            operation = request.path_params["operation"]
            if operation not in _OPERATIONS:
                raise _Refused(400, 31, f'Операция "{operation}" не поддерживается')
            fault = self._faults.take("atol.sell")
            return await answer_under(
                fault, request, lambda: self._take(operation, raw, fault), lambda: _not_processed(fault)
            )
        except _Refused as refused:
            return refused.response

    def _take(self, operation: str, raw: bytes, fault: Fault | None) -> Response:
        try:
            document = load_json(raw)
        except ValueError:
            raise _Refused(400, 40, "Некорректный запрос") from None
        if wrong := wrong_fields(operation, document):
            raise _Refused(400, 32, f"Ошибка валидации входного чека. Ошибочные поля: {', '.join(wrong)}")
        external_id = document["external_id"]
        if first := self._atol.find(external_id):
            text = f'В системе существует чек с external_id: "{external_id}" и group_code: "{first.group}"'
            raise _Refused(400, 33, text, first.uuid, "wait")
        delay = fault.seconds if fault and fault.kind == "late" else None
        return _answer(self._atol.take(operation, document, delay).uuid, "wait")

    async def _report(self, request: Request) -> Response:
        try:
            self._authorize(request)
            receipt = self._atol.receipts.get(request.path_params["uuid"])
            if receipt is None:
                raise _Refused(400, 30, f'Передан некорректный UUID: "{request.path_params["uuid"]}"')
            fault = self._faults.take("atol.report")
            if fault and fault.kind == "error":
                self._fail(receipt, fault)
                return json_response(receipt.report())
            return await answer_under(
                fault, request, lambda: json_response(receipt.report()), lambda: _not_processed(fault)
            )
        except _Refused as refused:
            return refused.response

    def _fail(self, receipt: Receipt, fault: Fault) -> None:
        # An error of the report is what the cash register says of the receipt, so it lasts.
        self._atol.fail(receipt, fault.code or -3804, fault.reason or "Ошибка ККТ")

    def _authorize(self, request: Request) -> None:
        token = request.headers.get("token", "")
        if token not in self._tokens:
            raise _Refused(401, 10, "Не распознан токен запроса")
        if self._tokens[token] < time.monotonic():
            raise _Refused(401, 11, "Переданный токен не активен")
        if request.path_params["group"] != self._settings.atol_group:
            raise _Refused(401, 20, "Код группы, указанный в запросе, не соответствует токену")


def _not_processed(fault: Fault | None) -> Response:
    code = fault.code if fault and fault.code is not None else 1
    return _answer(None, "fail", 400, atol_error(code, "Сервер не смог обработать входной чек"))
