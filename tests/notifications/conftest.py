"""The outside world of notifications: the sandbox process with its mail server and SMS service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notifications.domain import attempts
from services.notifications.service import NotificationsService
from tests.sandbox.helpers import environment, start, stop
from tests.support_code.databases import rows
from tests.support_code.services import Running
from tests.support_code.waiting import PATIENCE


@dataclass
class Outside:
    """What arrived there, and what shall go wrong."""

    http: httpx.Client
    smtp_port: int

    @property
    def variables(self) -> dict[str, str]:
        """For the service's environment."""
        return {
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "SMS_API_URL": f"{str(self.http.base_url).rstrip('/')}/smsc/sys",
            "SMS_LOGIN": "sms",
            "SMS_PASSWORD": "sms-password",
        }

    def mails(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return sorted(self._inbox("mail"), key=lambda mail: mail["id"])

    def messages(self) -> list[dict[str, Any]]:
        """The SMS."""
        return self._inbox("sms")

    def fault(self, target: str, kind: str, **details: Any) -> None:
        """The next calls of the target go wrong."""
        self.http.post("/faults", json={"target": target, "kind": kind, **details}).raise_for_status()

    def _inbox(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"/inbox/{kind}").raise_for_status().json()
        return found


@pytest.fixture(scope="session")
def _outside() -> Iterator[Outside]:
    settings = environment()
    process = start(settings)
    url = f"http://127.0.0.1:{settings['SANDBOX_HTTP_PORT']}"
    with httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client:
        yield Outside(client, int(settings["SANDBOX_SMTP_PORT"]))
    stop(process)


@pytest.fixture
def outside(_outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """Empty, and nothing goes wrong."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    _outside.http.delete("/faults")
    _outside.http.delete("/inbox")
    return _outside


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries more, at once."""
    monkeypatch.setattr(attempts, "URGENT", (timedelta(milliseconds=10),) * 3)
    monkeypatch.setattr(attempts, "PATIENT", (timedelta(milliseconds=10),) * 3)


@pytest.fixture
def url(service_database: Callable[[str], str]) -> str:
    """The service's database."""
    return service_database("notifications")


@pytest.fixture
def service(run_service: Callable[..., Running], outside: Outside, url: str) -> Running:
    """The service in this process."""
    return run_service(NotificationsService, environment=outside.variables)


@pytest.fixture
def dispatches(url: str) -> Callable[[], list[tuple[Any, ...]]]:
    """``(kind, channel, state, attempts, reason)`` of each dispatch, oldest first."""
    return lambda: rows(
        url, "select kind, channel, state, attempts, reason from dispatch order by created_at, id"
    )
