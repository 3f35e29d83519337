"""Drill 22: what must stay between a person and the system is found in no log, no trace, no header."""

from __future__ import annotations

import re
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import amqp
import pytest

from demo.browser import Browser, OutsideWorld, RefusedError, eventually
from demo.load import STAFF, add_staff, enrol_staff, import_files_of, member_of_staff, register
from demo.world import Home, fresh_number, fresh_phone, fresh_serial
from deploy.local.names import DOMAIN_SERVICES, ROOT
from deploy.local.stack import Stack

pytestmark = pytest.mark.slow
HOME = ROOT / ".local" / "e2e-canaries"
PASSWORD, CHANGED, RECOVERED = "Canary-Yellow-1", "Canary-Green-22", "Canary-Blue-333"
WRONG = "Canary-Wrong-4444"
EMAIL, LINKED, ON_FILE, INVITED = (f"canary.{uuid.uuid4().hex}@mail.example" for _ in range(4))
#: The access token travels here by design: services verify it themselves.
EXEMPT_HEADER = "x-subject"


class Collector:
    """Takes spans as an OpenTelemetry collector would, and keeps the bytes."""

    def __init__(self) -> None:
        kept: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.kept = kept
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[Stack]:
    """The whole system with traces on, in a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_ENABLED", "true")
        patch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "500")
        # Old logs would be searched for new canaries, and limits of an earlier run would hold.
        shutil.rmtree(HOME, ignore_errors=True)
        with Stack(HOME) as stack:
            yield stack


class Listener:
    """Queues behind every service's events."""

    def __init__(self, stack: Stack) -> None:
        self._connection = amqp.Connection(
            f"127.0.0.1:{stack.nodes.ports['amqp']}",
            userid="admin",
            password=stack.nodes.amqp_passwords["admin"],
            virtual_host="cabinet",
        )
        self._connection.connect()
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("", exclusive=True).queue
        for service in DOMAIN_SERVICES:
            self._channel.queue_bind(self._queue, f"{service}.events", "#")

    def headers(self) -> list[str]:
        """Of all that came by: properties and headers as text, without the one that is exempt."""
        found = []
        with closing(self._connection):
            while (message := self._channel.basic_get(self._queue, no_ack=True)) is not None:
                properties = dict(message.properties)
                headers = dict(properties.pop("application_headers", None) or {})
                headers.pop(EXEMPT_HEADER, None)
                found.append(f"{message.delivery_info} {properties} {headers}")
        return found


@pytest.fixture(scope="module")
def canaries(traced: Stack) -> tuple[dict[str, str], list[str]]:
    """What was given to and by the system: name -> text; and the headers of the events of it."""
    listener = Listener(traced)
    gateway, database = traced.endpoints["gateway"]["url"], traced.nodes.database_url("identity")
    world, found = OutsideWorld(traced.endpoints["sandbox"]["url"]), {}
    add_staff(database)
    people = enrol_staff(gateway, database)
    for number, member in enumerate(people):
        found[f"staff password {number}"] = member["password"]
        found[f"second factor {number}"] = member["second_factor"]
        found[f"staff address {number}"] = member["login"]
    assert len(people) == len(STAFF)
    administrator = Browser(gateway)
    administrator.sign_in_as(member_of_staff(people, "administrator"))
    _tokens(found, "administrator", administrator)
    person, phone, other = Browser(gateway), fresh_phone(), fresh_phone()
    register(person, world, phone, PASSWORD, EMAIL)
    found |= {"phone": phone, "code": world.sms_code(phone), "mailed code": world.mail_code(EMAIL)}
    _tokens(found, "registered", person)
    with pytest.raises(RefusedError):
        Browser(gateway).sign_in(phone, WRONG)
    person.tokens = person.post("/sessions/refresh", {"refresh_token": person.tokens["refresh_token"]})
    _tokens(found, "refreshed", person)
    person.post("/me/phone", {"phone": other, "password": PASSWORD})
    found |= {"new phone": other, "code of the new phone": world.sms_code(other)}
    person.post("/me/phone/confirmation", {"code": found["code of the new phone"]})
    person.post("/me/password", {"old": PASSWORD, "new": CHANGED})
    _link(administrator, person, found)
    _link_by_address(administrator, person, world, found)
    _invite(administrator, gateway, world, found)
    _recover(gateway, world, found)
    _register_by_mail(gateway, world, found)
    found |= {"password": PASSWORD, "changed": CHANGED, "recovered": RECOVERED, "wrong": WRONG}
    found |= {"address": EMAIL, "other address": LINKED, "address on file": ON_FILE, "invited": INVITED}
    return found, listener.headers()


def _tokens(found: dict[str, str], name: str, browser: Browser) -> None:
    found[f"access token, {name}"] = browser.tokens["access_token"]
    found[f"refresh token, {name}"] = browser.tokens["refresh_token"]


def _link(administrator: Browser, person: Browser, found: dict[str, str]) -> None:
    home = Home(
        "uralenergosbyt", fresh_number(), fresh_serial(), "Канарейкин Пётр", "Челябинск, ул. Птичья, 7",
        "electricity", 1, False, {"1.8.0": Decimal(1000)},
    )  # fmt: skip
    import_files_of(administrator, [home], datetime.now(UTC) - timedelta(days=70))
    asked = {"provider": home.provider, "number": home.number}
    with pytest.raises(RefusedError):
        person.post("/accounts", {**asked, "proof": "000000001"})
    person.post("/accounts", {**asked, "proof": home.serial})
    found |= {"proof": home.serial, "account number": home.number, "holder": home.holder}


def _link_by_address(
    administrator: Browser, person: Browser, world: OutsideWorld, found: dict[str, str]
) -> None:
    """A weak proof; the code that opens the rest goes to the contact on file."""
    home = Home(
        "sverdlovenergosbyt", fresh_number(), fresh_serial(), "Чижова Анна", "Екатеринбург, ул. Певчая, 3, кв. 9",
        "cold_water", 1, False, {"8.0.0": Decimal(100)}, place=("3", "", "9", ""), email=ON_FILE,
    )  # fmt: skip
    import_files_of(administrator, [home], datetime.now(UTC) - timedelta(days=70))
    asked = {"provider": home.provider, "number": home.number, "proof": {"house": "3", "flat": "9"}}
    account = person.post("/accounts", asked)["account"]
    person.post(f"/accounts/{account}/confirmation", {})
    found |= {
        "code of the account": world.mail_code(ON_FILE),
        "its number": home.number,
        "its holder": home.holder,
    }
    person.post(f"/accounts/{account}/confirmation/code", {"code": found["code of the account"]})


def _invite(administrator: Browser, gateway: str, world: OutsideWorld, found: dict[str, str]) -> None:
    """A new member of staff."""
    administrator.post("/staff/people", {"email": INVITED, "roles": ["operator"], "name": "Щегол"})
    found["token of the invitation"] = eventually(
        lambda: _mailed_token(world, INVITED), what="the invitation"
    )
    body = {"token": found["token of the invitation"], "password": PASSWORD}
    Browser(gateway).post("/invitations/acceptance", body)


def _mailed_token(world: OutsideWorld, address: str) -> str | None:
    texts = [re.search(r"#token=([\w.-]+)", mail["text"]) for mail in world.mails(address)]
    return next((text[1] for text in texts if text), None)


def _recover(gateway: str, world: OutsideWorld, found: dict[str, str]) -> None:
    browser, before = Browser(gateway), len(world.mails(EMAIL))
    recovery = browser.post("/recoveries", {"login": EMAIL, "language": "ru"})["recovery"]
    eventually(lambda: len(world.mails(EMAIL)) > before and _code_differs(world, found), what="the code")
    found["code of the recovery"] = world.mail_code(EMAIL)
    body = {"code": found["code of the recovery"], "password": RECOVERED}
    browser.post(f"/recoveries/{recovery}/confirmation", body)


def _code_differs(world: OutsideWorld, found: dict[str, str]) -> bool:
    return world.mail_code(EMAIL) != found["mailed code"]


def _register_by_mail(gateway: str, world: OutsideWorld, found: dict[str, str]) -> None:
    browser = Browser(gateway)
    browser.post(
        "/registrations/email",
        {
            "email": LINKED, "password": PASSWORD, "agreement": "1", "language": "ru", "name": "Кенар",
            "surname": "Певчий",
        },
    )  # fmt: skip
    found["token of the link"] = eventually(
        lambda: _mailed_token(world, LINKED), what="the mail with the link"
    )
    browser.tokens = browser.post("/registrations/email/confirmation", {"token": found["token of the link"]})
    _tokens(found, "by link", browser)


def _seen(canaries: dict[str, str], where: str) -> list[str]:
    """Names of those that stand in a text. Six digits alone are a code; as part of a moment they are not."""
    return [
        name
        for name, text in canaries.items()
        if (
            re.search(rf"(?<![\w.-]){text}(?![\w.-])", where)
            if re.fullmatch(r"\d{6}", text)
            else text in where
        )
    ]


def test_drill_22_no_canary_stands_in_any_log(
    canaries: tuple[dict[str, str], list[str]], traced: Stack
) -> None:
    files = [file for file in Path(traced.home).rglob("*.log*") if file.is_file()]
    names = {file.name for file in files}
    assert {f"{service}.log" for service in (*DOMAIN_SERVICES, "gateway")} <= names
    assert {"rabbitmq.log", "postgres.log"} <= names
    found = {
        file.name: seen for file in files if (seen := _seen(canaries[0], file.read_text(errors="replace")))
    }
    assert found == {}


def test_drill_22_no_canary_stands_in_any_trace(
    canaries: tuple[dict[str, str], list[str]], collector: Collector
) -> None:
    def of_all() -> bool:
        text = b"".join(collector.kept)
        return all(name.encode() in text for name in ("identity", "notifications"))

    eventually(of_all, what="the spans")
    assert _seen(canaries[0], b"\n".join(collector.kept).decode(errors="replace")) == []


def test_drill_22_no_canary_stands_in_headers_of_events(
    canaries: tuple[dict[str, str], list[str]],
) -> None:
    found, headers = canaries
    assert len(headers) >= 5
    assert [_seen(found, text) for text in headers if _seen(found, text)] == []


def test_drill_22_no_dead_letter_is_left(canaries: Any, traced: Stack) -> None:
    connection = amqp.Connection(
        f"127.0.0.1:{traced.nodes.ports['amqp']}",
        userid="notifications",
        password=traced.nodes.amqp_passwords["notifications"],
        virtual_host="cabinet",
    )
    connection.connect()
    with closing(connection):
        channel = connection.channel()
        dead = "notifications.identity.code_issued.dead"
        assert channel.queue_declare(dead, passive=True).message_count == 0


def test_drill_22_the_search_finds_what_is_there() -> None:
    hidden = {"code": "123456", "address": EMAIL}
    assert _seen(hidden, f"said {EMAIL}: 123456.") == ["address"]
    assert _seen(hidden, "code 123456 came") == ["code"]
    assert _seen(hidden, "2026-11-20T10:00:00.123456Z 91234567") == []
