"""The real service on the real broker, its jobs by the clock, billing stood in for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from chassis.rpc.server import rpc as rpc_entrypoint
from contracts.errors import CabinetError
from contracts.events.identity import ContactConfirmed
from contracts.identifiers import new_id
from services.payments.service import PaymentsService
from tests.payments.world import GOOD_CARD, NOW, StubBilling
from tests.sandbox.helpers import Browser, Sandbox
from tests.support_code.bus import Bus, calling
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually


class BillingStandIn:
    """Answers what payments asks."""

    name = "billing"
    has_database = False
    known: ClassVar[StubBilling] = StubBilling()

    @rpc_entrypoint
    def payable(self, call: Any, accounts: list[str]) -> Any:
        """See StubBilling."""
        return self.known.payable(accounts=accounts)


def test_py8_py5_paid_without_a_webhook_and_the_receipt_is_registered(
    run_service: Callable[..., Running],
    rpc: Callable[..., Any],
    publish_event: Callable[..., str],
    bus: Bus,
    sandbox: Sandbox,
    outside: dict[str, str],
    tokens: Tokens,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from datetime import timedelta

    from services.payments.domain import pauses
    from services.payments.handlers import creating, receipts

    monkeypatch.setattr(pauses, "QUIET", timedelta(seconds=0.2))
    monkeypatch.setattr(creating, "QUIET", timedelta(seconds=0.2))
    # Nobody takes the operator's calls here: it is asked.
    monkeypatch.setattr(receipts, "SILENCE", timedelta(seconds=0.5))
    run_service(BillingStandIn)
    run_service(PaymentsService, environment=outside)
    heard = bus.listen("payments.events")
    person = new_id()
    publish_event(
        ContactConfirmed(person=person, at=NOW, channel="email", address="ann@home.example", language="ru")
    )
    payments = rpc("payments")
    account = BillingStandIn.known.add()
    request = {"parts": [{"account": account, "amount": "12.30"}], "return_url": "http://127.0.0.1:9/"}
    with calling(tokens.person(person), key="key-00001"):
        made = payments.create(**request)
        assert payments.create(**request)["payment"] == made["payment"]
    Browser(sandbox.http).pay(made["confirmation_url"], GOOD_CARD)

    def shown() -> Any:
        with calling(tokens.person(person)):
            return payments.payment(payment=made["payment"])

    assert eventually(lambda: (shown()["receipt"] or {}).get("state") == "done")
    assert shown()["state"] == "succeeded"
    names: list[str] = []

    def all_heard() -> bool:
        names.extend(json.loads(m.body) and m.delivery_info["routing_key"] for m in bus.take(heard))
        return len(names) >= 2

    eventually(all_heard)
    assert names == ["payment_succeeded", "receipt_registered"]
    with pytest.raises(CabinetError, match="webhook_refused"):
        payments.webhook(system="yookassa", body="{}", remote="8.8.8.8")
    bus.delete(heard)
