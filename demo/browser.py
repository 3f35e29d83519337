"""The outside of the system as a person meets it: HTTP at the gateway, the phone, the mail, the card page."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from demo.authenticator import fresh_code

Found = TypeVar("Found")
# A fresh connection for each request: services are killed and started again while a story is told, and a kept one may
# be closed under the request that uses it.
FRESH = httpx.Limits(max_keepalive_connections=0)
CARD = "5555555555554444"
#: Seconds for what takes a moment on an idle machine.
PATIENCE = 60.0


class RefusedError(Exception):
    """A problem answer; ``code`` is its stable code."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem}")
        self.status = status
        self.code = problem.get("code")
        self.problem = problem


#: Between two looks, in seconds: what takes long is looked at less often than a caller may ask.
FIRST_PAUSE, MAX_PAUSE = 0.03, 0.4


def eventually(look: Callable[[], Found | None], wait: float = PATIENCE, what: str = "it") -> Found:
    """What ``look`` returns once it is something."""
    until = time.monotonic() + wait
    pause = FIRST_PAUSE
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not happen within {wait} s")
        time.sleep(pause)
        pause = min(pause * 1.3, MAX_PAUSE)


class Browser:
    """One person's session at the gateway."""

    def __init__(self, gateway: str) -> None:
        self._http = httpx.Client(base_url=f"{gateway}/api/v1", timeout=PATIENCE, limits=FRESH)
        self.tokens: dict[str, Any] = {}
        self._login = ""

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> Any:
        """A JSON answer. Raises RefusedError for a problem."""
        response = self.raw(method, path, body, key=key, **options)
        return response.json() if response.content else None

    def raw(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """The response itself, if it is not a problem."""
        headers = {"Accept-Encoding": "gzip"}
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        if key:
            headers["Idempotency-Key"] = key
        response = self._http.request(method, path, json=body, headers=headers, **options)
        if response.status_code >= 400:
            raise RefusedError(response.status_code, response.json())
        return response

    def get(self, path: str, **query: Any) -> Any:
        """GET with a query."""
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any = None, *, once: bool = False, key: str | None = None) -> Any:
        """POST; ``once`` sends a fresh idempotency key."""
        return self.call("POST", path, body, key=key or (str(uuid.uuid4()) if once else None))

    def sign_in(self, login: str, password: str, secret: str = "") -> None:
        """Keep the tokens of a new session; ``secret`` is that of the authenticator app, if there is one.

        Another program may have used a code just now, or an answer was lost: then the next code is tried.
        """
        for tries_left in reversed(range(4)):
            answer = self.post("/sessions", {"login": login, "password": password})
            if answer["kind"] == "challenge":
                proof = {"challenge": answer["challenge"], "code": fresh_code(secret)}
                try:
                    answer = self.post("/sessions/second-factor", proof)
                except RefusedError as refused:
                    if refused.code != "code_wrong" or not tries_left:
                        raise
                    continue
            self.tokens, self._login = answer, login
            return

    def sign_in_as(self, member: dict[str, Any]) -> None:
        """Of staff (``login``, ``password``, ``second_factor``). A session that is there is renewed: each code is
        good once, and the next comes half a minute later."""
        if self._login == member["login"]:
            try:
                self.tokens = self.post("/sessions/refresh", {"refresh_token": self.tokens["refresh_token"]})
                return
            except RefusedError as refused:
                if refused.code != "session_ended":
                    raise
        self.sign_in(member["login"], member["password"], member["second_factor"])

    def enrol(self, password: str) -> str:
        """A second factor for who is signed in; the secret of the app. The session then has its roles."""
        secret = str(self.post("/me/second-factor", {"password": password})["secret"])
        self.post("/me/second-factor/confirmation", {"code": fresh_code(secret)})
        self.tokens = self.post("/sessions/refresh", {"refresh_token": self.tokens["refresh_token"]})
        return secret


class OutsideWorld:
    """The sandbox: what arrived by SMS and mail, and the payment system's card page."""

    def __init__(self, sandbox: str) -> None:
        self._http = httpx.Client(base_url=sandbox, timeout=PATIENCE, limits=FRESH)

    def sms_code(self, phone: str, wait: float = PATIENCE) -> str:
        """The code of the newest SMS to a phone."""

        def look() -> str | None:
            messages = self._items("/inbox/sms", phone=phone)
            found = re.search(r"\b(\d{6})\b", messages[-1]["text"]) if messages else None
            return found[1] if found else None

        return eventually(look, wait, "the SMS")

    def mail_code(self, address: str, wait: float = PATIENCE) -> str:
        """The code of the newest mail to an address."""

        def look() -> str | None:
            codes = [re.search(r"\b(\d{6})\b", mail["text"]) for mail in self.mails(address)]
            found = [code for code in codes if code]
            return found[-1][1] if found else None

        return eventually(look, wait, "the mail with the code")

    def mails(self, address: str) -> list[dict[str, Any]]:
        """Mails to an address, newest last."""
        return self._items("/inbox/mail", to=address)

    def receipts(self, external_id: str) -> list[dict[str, Any]]:
        """Fiscal receipts registered under our id."""
        return self._items("/inbox/receipts", external_id=external_id)

    def webhooks(self) -> list[dict[str, Any]]:
        """What the payment system sent, and what became of it."""
        return self._items("/inbox/webhooks")

    def fault(self, target: str, kind: str, **options: Any) -> None:
        """Make the outside world misbehave."""
        self._http.post("/faults", json={"target": target, "kind": kind, **options}).raise_for_status()

    def pay_by_card(self, confirmation_url: str, card: str = CARD) -> httpx.Response:
        """Fill the payment system's card page in, as a browser would."""
        page = self._http.get(confirmation_url)
        page.raise_for_status()
        form = {"card_number": card, "expiry": "12/30", "cvc": "123"}
        return self._http.post(confirmation_url, data=form, follow_redirects=False)

    def _items(self, path: str, **query: str) -> list[dict[str, Any]]:
        response = self._http.get(path, params=query)
        response.raise_for_status()
        found = response.json()
        items: list[dict[str, Any]] = found if isinstance(found, list) else next(iter(found.values()))
        return items
