"""ATOL Online v5: fiscal receipts (PY-5). The same external id again gives the first receipt."""

from __future__ import annotations

import json
import time
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from chassis.configuration import Environment
from chassis.deadline import TimedOutError, within
from services.payments.ports.fiscal_operators import (
    AttemptFailedError,
    OperatorRefusedError,
    OperatorUnavailableError,
    Registered,
    UnknownReceiptError,
)

TIMEOUT = 10.0
TOKEN_LIFE = 20 * 3600  # the operator's tokens live for 24 hours
REPEATED = 33  # this external id was registered before; the answer names the first receipt
TOKEN_CODES = (10, 11, 12)
# What is said of the receipt itself: 13 and 32 name its wrong fields. All else passes, or is our keys' or the cash
# register's trouble.
REFUSALS = (13, 32)
NOT_YET, NO_SUCH_UUID = 34, 30
MOMENT = "%d.%m.%Y %H:%M:%S"


class AtolOperator:
    """A client with its token."""

    def __init__(self, url: str, login: str, password: str, group: str) -> None:
        self._url = url.rstrip("/")
        self._login, self._password, self._group = login, password, group
        self._token = ""
        self._token_until = 0.0

    def sell(self, document: dict[str, Any]) -> str:
        """Register an income receipt; the operator's id of it."""
        answer = self._authorised("POST", f"/{self._group}/sell", document)
        code = _code(answer)
        if code in REFUSALS:
            raise OperatorRefusedError(str(code))
        if code not in (None, REPEATED):
            raise OperatorUnavailableError(f"code {code}")
        if not answer.get("uuid"):
            raise OperatorUnavailableError("no uuid")
        return str(answer["uuid"])

    def report(self, external_id: str) -> Registered | None:
        """What became of a receipt: its marks, or None while it waits."""
        answer = self._authorised("GET", f"/{self._group}/report/{external_id}", None)
        code, status = _code(answer), answer.get("status")
        if status == "wait" or code == NOT_YET:
            return None
        if code == NO_SUCH_UUID:
            raise UnknownReceiptError(external_id)
        if status == "fail" and answer.get("uuid") == external_id:
            if code in REFUSALS:
                raise OperatorRefusedError(str(code))
            raise AttemptFailedError(str(code))
        if status != "done":
            # A failure, but not of this receipt: of the call, or of what stands in front of the operator.
            raise OperatorUnavailableError(f"status {status}, code {code}")
        try:
            payload = answer["payload"]
            datetime.strptime(payload["receipt_datetime"], MOMENT)  # noqa: DTZ007 - only its form
            return Registered(
                str(payload["fn_number"]),
                str(payload["fiscal_document_number"]),
                str(payload["fiscal_document_attribute"]),
                payload["receipt_datetime"],
                Decimal(str(payload["total"])),
            )
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise OperatorUnavailableError("unreadable report") from error

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        for _ in range(2):
            if time.time() > self._token_until:
                self._sign_in()
            answer = self._call(method, path, body, {"Token": self._token})
            error = answer.get("error") or {}
            if error.get("code") not in TOKEN_CODES:
                return answer
            self._token_until = 0.0
        raise OperatorUnavailableError("the token is refused")

    def _sign_in(self) -> None:
        answer = self._call("POST", "/getToken", {"login": self._login, "pass": self._password}, {})
        if not answer.get("token"):
            raise OperatorUnavailableError("no token")
        self._token, self._token_until = str(answer["token"]), time.time() + TOKEN_LIFE

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        data = json.dumps(body, default=_number, ensure_ascii=False).encode() if body is not None else None
        try:
            response = within(
                TIMEOUT,
                lambda: requests.request(
                    method,
                    self._url + path,
                    data=data,
                    headers={"Content-Type": "application/json; charset=utf-8", **headers},
                    timeout=TIMEOUT,
                ),
            )
            answer: dict[str, Any] = json.loads(response.content, parse_float=Decimal)
        except (requests.RequestException, TimedOutError, ValueError, OSError) as error:
            raise OperatorUnavailableError(type(error).__name__) from error
        if response.status_code >= 500 or not isinstance(answer, dict):
            raise OperatorUnavailableError(f"status {response.status_code}")
        return answer


def _code(answer: dict[str, Any]) -> int | None:
    """The code of an answer's error, None without one."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    return code if isinstance(code, int) else -1


def _number(value: Any) -> Any:
    """The protocol wants JSON numbers; two decimals of a payable amount survive a float unchanged."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def make_operator(env: Environment) -> AtolOperator:
    """From the environment."""
    return AtolOperator(
        env.text("ATOL_API_URL", "https://online.atol.ru/possystem/v5"),
        env.text("ATOL_LOGIN"),
        env.text("ATOL_PASSWORD"),
        env.text("ATOL_GROUP"),
    )
