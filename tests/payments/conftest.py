"""Payments' own database, and the sandbox process with its payment system and fiscal operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chassis.configuration import Environment
from chassis.database import Database, make_engine
from deploy.local.names import ROOT
from services.payments.adapters import atol, yookassa_system
from services.payments.configuration import payment_tools
from tests.payments.world import World, sandbox_client
from tests.sandbox.helpers import Sandbox, environment, start, stop
from tests.support_code.tokens import Tokens


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    settings = environment(SANDBOX_ATOL_WAIT_SECONDS="0.05")
    process = start(settings)
    port = settings["SANDBOX_HTTP_PORT"]
    with sandbox_client(port) as client:
        yield Sandbox(f"http://127.0.0.1:{port}", int(settings["SANDBOX_SMTP_PORT"]), client)
    stop(process)


@pytest.fixture
def sandbox(_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Nothing goes wrong there."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    _sandbox.http.delete("/faults")
    _sandbox.http.delete("/inbox")
    return _sandbox


@pytest.fixture
def outside(sandbox: Sandbox) -> dict[str, str]:
    """The service's variables for it."""
    return {
        "YOOKASSA_API_URL": f"{sandbox.url}/yookassa/v3",
        "YOOKASSA_SHOP_ID": "100500",
        "YOOKASSA_SECRET_KEY": "test_key",
        "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8,2001:db8::/32",
        "ATOL_API_URL": f"{sandbox.url}/atol/possystem/v5",
        "ATOL_LOGIN": "atol",
        "ATOL_PASSWORD": "atol-password",
        "ATOL_GROUP": "group-1",
        "PUBLIC_URL": "http://127.0.0.1:9",
        "RETURN_ORIGINS": "http://127.0.0.1:9, https://cabinet.example",
    }


@pytest.fixture
def world(
    service_database: Callable[[str], str], tokens: Tokens, sandbox: Sandbox, outside: dict[str, str]
) -> Iterator[World]:
    """Payments, empty."""
    env = Environment({**outside, "SERVICE_KEY": tokens.service_key})
    tools = payment_tools({"env": env, "providers_dir": str(ROOT / "providers")})
    engine = make_engine(service_database("payments"), 12)
    yield World(Database(engine), tools, tokens, sandbox)
    engine.dispose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outside has one second, not ten."""
    monkeypatch.setattr(yookassa_system, "TIMEOUT", 1.0)
    monkeypatch.setattr(atol, "TIMEOUT", 1.0)
