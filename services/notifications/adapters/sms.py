"""SMS over the HTTP interface of SMSC: send.php. A repeated ``id`` for a phone brings no second message."""

from __future__ import annotations

from typing import Any

import requests

from services.notifications.domain.failures import BouncedError, PutOffError, RefusedError
from services.notifications.domain.letters import Letter

TIMEOUT = (3.0, 10.0)  # to connect, to answer
# The service's error codes. Login, money, limits and anything unknown may be put right: those are put off.
BAD_REQUEST, BAD_DATE, FORBIDDEN_TEXT, BAD_PHONE, UNDELIVERABLE = 1, 5, 6, 7, 8


class Smsc:
    """Sends through one account of the service."""

    def __init__(self, base_url: str, login: str, password: str) -> None:
        self._url = f"{base_url.rstrip('/')}/send.php"
        self._credentials = {"login": login, "psw": password}
        self._session = requests.Session()
        self._session.mount(base_url, requests.adapters.HTTPAdapter(pool_maxsize=16))

    def send(self, letter: Letter) -> None:
        """See Sender. Errors too come with status 200: the body tells them."""
        form = {
            **self._credentials,
            "phones": letter.address.lstrip("+"),
            # A no-break space is in no SMS alphabet and would halve the room.
            "mes": letter.text.text.replace("\N{NO-BREAK SPACE}", " "),
            "id": letter.id,
            "charset": "utf-8",
            "fmt": "3",
        }
        try:
            answer = self._session.post(self._url, data=form, timeout=TIMEOUT, allow_redirects=False)
            body = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise PutOffError("sms_unreachable") from error
        if not isinstance(body, dict):
            raise PutOffError(f"sms_http_{answer.status_code}")
        if "error_code" in body:
            raise _refused(body["error_code"])
        if "id" not in body:
            raise PutOffError("sms_unreadable")


def _refused(code: Any) -> Exception:
    if code in (BAD_PHONE, UNDELIVERABLE):
        return BouncedError(f"sms_{code}")
    if code in (BAD_REQUEST, BAD_DATE, FORBIDDEN_TEXT):
        return RefusedError(f"sms_{code}")
    return PutOffError(f"sms_{code}" if isinstance(code, int) else "sms_unreadable")
