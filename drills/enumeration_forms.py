"""The forms of the enumeration drill, filled in by somebody outside for known and unknown subjects."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chassis.database import Database, make_engine
from contracts.identifiers import new_id
from demo.browser import Browser
from demo.load import add_staff, enrol_staff, import_files_of, member_of_staff
from demo.world import Home, fresh_number, fresh_serial
from deploy.local.stack import Stack
from services.identity.adapters import secrets
from services.identity.store import people

PASSWORD: Final = "Sunny-Weather-7"
PROVIDER: Final = "uralenergosbyt"
#: As many that are known as that are not, so that both are asked about equally often.
PEOPLE, HOMES = 300, 300
# Sign-in tokens live in real time; before one is over the next is fetched.
TOKEN_GOOD_FOR: Final = 300.0
_VARIES: Final = ("date", "x-request-id", "etag", "content-length")
_ID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.Z+-]+"
)


@dataclass(frozen=True)
class Seen:
    """What an outsider can see: the answer without what differs anyway, and how long it took."""

    answer: str
    seconds: float


class Outsider:
    """Someone who tries forms from ever other addresses, over one connection."""

    def __init__(self, stack: Stack, dice: random.Random) -> None:
        self._stack = stack
        self._dice = dice
        self.moment = datetime.now(UTC)
        port = int(stack.endpoints["gateway"]["url"].rsplit(":", 1)[1])
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._addresses = itertools.count(int(time.time()) & 0xFFFFFF)
        self._phones: list[str] = []
        self._homes: list[str] = []
        self._nobodys_phones = [self.fresh_phone() for _ in range(PEOPLE)]
        self._nobodys_homes = [fresh_number() for _ in range(HOMES)]
        self._token, self._token_until = "", 0.0

    # --- what is known ---------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """People and accounts that exist."""
        hashed = secrets._hasher.hash(PASSWORD)
        engine = make_engine(self._stack.nodes.database_url("identity"), 1)
        with Database(engine).transaction() as tx:
            for _ in range(PEOPLE):
                phone = self.fresh_phone()
                people.add_person(
                    tx, new_id(), phone=phone, email=None, password_hash=hashed, language="ru", at=self.moment
                )
                self._phones.append(phone)
        engine.dispose()
        homes = [
            Home(
                PROVIDER, fresh_number(), fresh_serial(), "Иванов Иван", "Челябинск, ул. Мира, 3", "electricity",
                1, False, {"1.8.0": Decimal(1000)},
            )
            for _ in range(HOMES)
        ]  # fmt: skip
        gateway, database = (
            self._stack.endpoints["gateway"]["url"],
            self._stack.nodes.database_url("identity"),
        )
        self._homes = [home.number for home in homes]
        add_staff(database)
        administrator = Browser(gateway)
        administrator.sign_in_as(member_of_staff(enrol_staff(gateway, database), "administrator"))
        import_files_of(administrator, homes, self.moment - timedelta(days=70))

    def fresh_phone(self) -> str:
        """A number that nobody has, of a block that few others are of."""
        return f"+7{self._dice.randint(912, 919)}{self._dice.randint(10**6, 10**7 - 1)}"

    def phone(self, known: bool) -> str:
        """A registered one, or another."""
        return self._dice.choice(self._phones if known else self._nobodys_phones)

    def home(self, known: bool) -> str:
        """The number of an account that exists, or of none."""
        return self._dice.choice(self._homes if known else self._nobodys_homes)

    # --- asking ----------------------------------------------------------------------------------------------------

    def send(self, path: str, body: dict[str, Any], **headers: str) -> Seen:
        """Fill in a form, from another address each time."""
        number = next(self._addresses)
        sent = {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            **headers,
        }
        content = json.dumps(body)
        began = time.perf_counter()
        self._http.request("POST", f"/api/v1{path}", content, sent)
        response = self._http.getresponse()
        answer = response.read()
        took = time.perf_counter() - began
        kept = sorted(
            (name.lower(), value) for name, value in response.getheaders() if name.lower() not in _VARIES
        )
        text = _ID.sub("*", answer.decode())
        # Of what stands there besides ids the length must be the same, too.
        return Seen(f"{response.status} {kept} {len(answer)} {text}", took)

    def knock(self) -> None:
        """Ask for something that everybody gets."""
        self._http.request("GET", "/api/v1/questions")
        self._http.getresponse().read()

    def token(self) -> str:
        """Of somebody who is signed in, and is somebody else every time it is renewed."""
        if time.monotonic() > self._token_until:
            seen = json.dumps({"login": self._dice.choice(self._phones), "password": PASSWORD})
            self._http.request("POST", "/api/v1/sessions", seen, {"Content-Type": "application/json"})
            self._token = json.loads(self._http.getresponse().read())["access_token"]
            self._token_until = time.monotonic() + TOKEN_GOOD_FOR
        return self._token


def _register(outsider: Outsider, known: bool) -> Seen:
    body = {"phone": outsider.phone(known), "password": PASSWORD, "agreement": "1", "language": "ru"}
    return outsider.send("/registrations", body)


def _sign_in(outsider: Outsider, known: bool) -> Seen:
    return outsider.send("/sessions", {"login": outsider.phone(known), "password": "Wrong-Weather-7"})


def _recover(outsider: Outsider, known: bool) -> Seen:
    return outsider.send("/recoveries", {"login": outsider.phone(known), "language": "ru"})


def _link(outsider: Outsider, known: bool) -> Seen:
    body = {"provider": PROVIDER, "number": outsider.home(known), "proof": "000000"}
    return outsider.send("/accounts", body, Authorization=f"Bearer {outsider.token()}")


def _guest(outsider: Outsider, known: bool) -> Seen:
    body = {
        "provider": PROVIDER, "number": outsider.home(known), "serial": "000000", "values": {"1.8.0": "1200"},
    }  # fmt: skip
    return outsider.send("/guest/readings", body, **{"Idempotency-Key": f"guest-{new_id()}"})


FORMS: Final[dict[str, Callable[[Outsider, bool], Seen]]] = {
    "register": _register,
    "sign_in": _sign_in,
    "recover": _recover,
    "link": _link,
    "guest": _guest,
}
