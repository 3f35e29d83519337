"""What the tests of the sandbox share: the process, the receiver of what it sends, its customer's browser."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[2]
RETURN_URL = "http://127.0.0.1:9/back?order=7"
T = TypeVar("T")
#: Seconds for what takes a moment on an idle machine.
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true result of `look`, asked again and again."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def environment(**changes: str) -> dict[str, str]:
    """A complete environment for the process, with changes."""
    return {
        "PATH": os.environ["PATH"],
        "SANDBOX_HTTP_PORT": str(free_port()),
        "SANDBOX_SMTP_PORT": str(free_port()),
        "SANDBOX_YOOKASSA_SHOP_ID": "100500",
        "SANDBOX_YOOKASSA_SECRET_KEY": "test_key",
        "SANDBOX_ATOL_LOGIN": "atol",
        "SANDBOX_ATOL_PASSWORD": "atol-password",
        "SANDBOX_ATOL_GROUP": "group-1",
        "SANDBOX_SMS_LOGIN": "sms",
        "SANDBOX_SMS_PASSWORD": "sms-password",
        "SANDBOX_ATOL_WAIT_SECONDS": "1.0",
        **changes,
    }


def start(settings: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the process and wait until it answers."""
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, env=settings)

    def healthy() -> bool:
        assert process.poll() is None, "the sandbox has ended"
        try:
            url = f"http://127.0.0.1:{settings['SANDBOX_HTTP_PORT']}/health"
            return httpx.get(url, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    eventually(healthy)
    return process


def stop(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


@dataclass
class Receiver:
    """Takes POSTs; answers with the statuses put into `answers`, then always 200."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies]

    def wait(self, count: int) -> list[dict[str, Any]]:
        """The bodies, once there are `count` of them."""
        return eventually(lambda: self.bodies[:] if len(self.bodies) >= count else [])


@dataclass
class Sandbox:
    """A running sandbox."""

    url: str
    smtp_port: int
    http: httpx.Client

    def inbox(self, what: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"/inbox/{what}", params=query).json()
        return found

    def fault(self, target: str, kind: str, **details: Any) -> None:
        answer = self.http.post("/faults", json={"target": target, "kind": kind, **details})
        assert answer.status_code == 201, answer.text


class _Form(HTMLParser):
    """The inputs of the form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.boxes: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "input":
            boxes = self.boxes if found.get("type") == "checkbox" else self.fields
            boxes[found["name"]] = found.get("value", "")


@dataclass
class Browser:
    """Fills in forms as they are on the page."""

    http: httpx.Client

    def submit(self, url: str, tick: bool = False, **values: str) -> httpx.Response:
        """GET the page, fill in its form, POST it; only fields that the page has can be filled in."""
        page = self.http.get(url, follow_redirects=True)
        assert page.status_code == 200
        form = _Form(page.text)
        assert values.keys() <= form.fields.keys(), form.fields
        data = {**form.fields, **values}
        if tick:
            data |= form.boxes
        return self.http.post(page.url, data=data)

    def pay(
        self, url: str, card_number: str, save: bool = False, expiry: str = "12/39", cvc: str = "123"
    ) -> httpx.Response:
        return self.submit(url, tick=save, card_number=card_number, expiry=expiry, cvc=cvc)


def new_payment(value: str = "100.00", /, **changes: Any) -> dict[str, Any]:
    """The body of POST /payments."""
    return {
        "amount": {"value": value, "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": RETURN_URL},
        "description": "Order 7",
        "metadata": {"order_id": "7"},
        **changes,
    }
