"""SMSC.ru's HTTP interface: /smsc/sys/send.php and /smsc/sys/status.php, GET or POST form.

send: login, psw, phones (several with commas), mes, id (a number or up to 40 of A-Za-z0-9._-), charset
(windows-1251 when left out, as there), fmt (3 for JSON) -> {"id", "cnt"}; cnt counts the parts. status:
login, psw, phone, id, fmt -> {"status": 1, "last_date", "last_timestamp", "err"}; -3 for a message nobody
knows. Errors {"error", "error_code"}: 1 parameters, 2 login or password, 7 phone, ... A repeated id for the
same phone brings no second message.
"""

import itertools
import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.clock import dotted, iso, now
from sandbox.deliveries import KEPT
from sandbox.faults import Fault, Faults, answer_under
from sandbox.settings import Settings
from sandbox.web import json_response

_CHARSETS = {"utf-8": "utf-8", "windows-1251": "cp1251", "koi8-r": "koi8-r"}
_OWN_ID = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_PHONE = re.compile(r"[1-9]\d{9,14}", re.ASCII)
_ERRORS = {
    1: "parameters error",
    2: "authorise error",
    7: "invalid number",
    8: "message can not be delivered",
}
_LONGEST = 1000
_DELIVERED, _UNKNOWN = 1, -3


@dataclass(frozen=True)
class Sms:
    """A message that arrived; the phone is digits only."""

    id: str
    phone: str
    text: str
    parts: int
    received_at: datetime = field(default_factory=now)

    def as_json(self) -> dict[str, Any]:
        """The message as GET /inbox/sms shows it."""
        return vars(self) | {"received_at": iso(self.received_at)}


def phone_digits(phone: str) -> str:
    """Digits of a phone number, Russian numbers from 7."""
    digits = re.sub(r"\D", "", phone)
    return "7" + digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


class Smsc:
    """The messages, and the two scripts of the interface."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self._credentials = f"{settings.sms_login}\n{settings.sms_password}".encode()
        self._faults = faults
        # What the inbox shows; emptying it does not make a repeated id a new message.
        self.shown: deque[Sms] = deque(maxlen=KEPT)
        self._messages: dict[tuple[str, str], Sms] = {}
        self._ids = itertools.count(1)

    def routes(self) -> list[Route]:
        """Both scripts."""
        return [
            Route("/smsc/sys/send.php", self._send, methods=["GET", "POST"]),
            Route("/smsc/sys/status.php", self._status, methods=["GET", "POST"]),
        ]

    async def _send(self, request: Request) -> Response:
        fields = await _fields(request)
        if not self._knows(fields):
            return _error(2, fields)
        fault = self._faults.take("smsc.send")
        return await answer_under(
            fault, request, lambda: self._accept(fields), lambda: _error(_code(fault), fields)
        )

    async def _status(self, request: Request) -> Response:
        fields = await _fields(request)
        if not self._knows(fields):
            return _error(2, fields)
        phone, message_id = phone_digits(fields.get("phone", "")), fields.get("id", "")
        if not phone or not message_id:
            return _error(1, fields)
        sms = self._messages.get((message_id, phone))
        if sms is None:
            body: dict[str, Any] = {"status": _UNKNOWN, "last_date": "", "last_timestamp": 0}
        else:
            body = {
                "status": _DELIVERED,
                "last_date": dotted(sms.received_at),
                "last_timestamp": int(sms.received_at.timestamp()),
                "err": 0,
            }
        text = f"Status = {body['status']}, check_time = {body['last_date']}"
        return _answer(fields, body, text)

    def _knows(self, fields: dict[str, str]) -> bool:
        given = f"{fields.get('login', '')}\n{fields.get('psw', '')}".encode()
        return secrets.compare_digest(given, self._credentials)

    def _accept(self, fields: dict[str, str]) -> Response:
        text, message_id = fields.get("mes", ""), fields.get("id", "")
        phones = [phone for phone in re.split(r"[,;\n]", fields.get("phones", "")) if phone.strip()]
        if not text or len(text) > _LONGEST or not phones or (message_id and not _is_id(message_id)):
            return _error(1, fields)
        message_id = message_id or str(next(self._ids))
        digits = [phone_digits(phone) for phone in phones]
        if not all(_PHONE.fullmatch(phone) for phone in digits):
            return _error(7, fields, message_id)
        parts = _parts(text)
        for phone in digits:
            key = message_id, phone
            if key not in self._messages:
                self._messages[key] = sms = Sms(message_id, phone, text, parts)
                self.shown.append(sms)
        count = parts * len(digits)
        body = {"id": _id_json(message_id), "cnt": count}
        return _answer(fields, body, f"OK - {count} SMS, ID - {message_id}")


async def _fields(request: Request) -> dict[str, str]:
    """The fields of the query and the form, in the charset that they name themselves."""
    raw = request.url.query
    if request.method == "POST":
        raw += "&" + (await request.body()).decode("ascii", "replace")
    named = dict(parse_qsl(raw)).get("charset", "windows-1251").lower()
    return dict(parse_qsl(raw, encoding=_CHARSETS.get(named, "cp1251"), errors="replace"))


def _code(fault: Fault | None) -> int:
    return fault.code if fault and fault.code is not None else 8


def _error(code: int, fields: dict[str, str], message_id: str | None = None) -> Response:
    body: dict[str, Any] = {"error": _ERRORS.get(code, "error"), "error_code": code}
    if message_id is not None:
        body["id"] = _id_json(message_id)
    return _answer(fields, body, f"ERROR = {code} ({body['error']})")


def _answer(fields: dict[str, str], body: dict[str, Any], text: str) -> Response:
    # Errors too come with status 200: the service tells them in the body only.
    return json_response(body) if fields.get("fmt") == "3" else PlainTextResponse(text)


def _is_id(text: str) -> bool:
    if text.isdigit():
        return 1 <= int(text) <= 2**31 - 1
    return bool(_OWN_ID.fullmatch(text))


def _id_json(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _parts(text: str) -> int:
    """How many SMS a text takes: 70 characters or 67 a part, 160 or 153 when it is plain ASCII."""
    single, part = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // part)
