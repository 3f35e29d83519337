"""Drill 10: create, pay, webhooks and janitor in any order. At most one success a payment, and money adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.payments.ports.payment_systems import Notice, RemotePayment, SystemUnavailableError
from tests.payments.world import World, total


class MemorySystem:
    """A payment system in memory that may lose its answers, before or after the work."""

    def __init__(self) -> None:
        self.payments: dict[str, RemotePayment] = {}
        self.by_ours: dict[str, str] = {}
        self.trouble = "none"

    def create(
        self, payment: str, amount: Decimal, currency: str, description: str, return_url: str
    ) -> RemotePayment:
        if self.trouble == "down":
            raise SystemUnavailableError("down")
        if payment not in self.by_ours:
            external = new_id()
            self.by_ours[payment] = external
            self.payments[external] = RemotePayment(
                external, "pending", amount, currency, payment, f"http://pay/{external}", None, ""
            )
        if self.trouble == "no_answer":
            raise SystemUnavailableError("no answer")
        return self.payments[self.by_ours[payment]]

    def fetch(self, external_id: str) -> RemotePayment | None:
        if self.trouble != "none":
            raise SystemUnavailableError(self.trouble)
        return self.payments.get(external_id)

    def read_notice(self, body: bytes) -> Notice:
        external, event = body.decode().split()
        return Notice(external, event)

    def trusts(self, remote: str) -> bool:
        return True


class PaymentMachine(RuleBasedStateMachine):
    """What customers, the system and the clock may do."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        with self.world.database.transaction() as tx:
            tx.run("truncate payment, payment_part, receipt, receipt_attempt, webhook, outbox")
        self.system = MemorySystem()
        self.world.tools.systems["yookassa"] = self.system
        self.requests: list[tuple[str, dict[str, Any]]] = []

    @rule(amounts=st.lists(st.integers(1, 500_000), min_size=1, max_size=3))
    def create(self, amounts: list[int]) -> None:
        request = self.world.order(*(str(Decimal(amount) / 100) for amount in amounts))
        self.requests.append((new_id(), request))
        self._send(len(self.requests) - 1)

    @rule(which=st.integers(0, 9))
    def create_again(self, which: int) -> None:
        if self.requests:
            self._send(which % len(self.requests))

    def _send(self, which: int) -> None:
        key, request = self.requests[which]
        try:
            self.world.ask("create", key=key, **request)
        except CabinetError as error:
            assert error.code == "payment_system_unavailable" and self.system.trouble != "none"

    @rule(which=st.integers(0, 9), status=st.sampled_from(["captured", "canceled"]))
    def at_the_system(self, which: int, status: str) -> None:
        if external := self._external(which):
            known = self.system.payments[external]
            if known.status == "pending":
                paid = datetime(2026, 11, 20, tzinfo=UTC) if status == "captured" else None
                self.system.payments[external] = replace(known, status=status, paid_at=paid, reason="r")

    @rule(which=st.integers(0, 9), event=st.sampled_from(["payment.succeeded", "payment.canceled"]))
    def webhook(self, which: int, event: str) -> None:
        if external := self._external(which):
            try:
                self.world.ask("webhook", "", system="yookassa", body=f"{external} {event}", remote="-")
            except CabinetError as error:
                assert error.code == "payment_system_unavailable" and self.system.trouble != "none"

    @rule(trouble=st.sampled_from(["none", "none", "down", "no_answer"]))
    def weather(self, trouble: str) -> None:
        self.system.trouble = trouble

    @rule()
    def janitor(self) -> None:
        self.world.look()

    def _external(self, which: int) -> str | None:
        known = list(self.system.payments)
        return known[which % len(known)] if known else None

    @invariant()
    def one_success_a_payment_and_only_of_captured_money(self) -> None:
        events = self.world.announced("payment_succeeded")
        assert max(Counter(event["payment"] for event in events).values(), default=0) <= 1
        for event in events:
            there = self.system.payments[self.system.by_ours[event["payment"]]]
            assert there.status == "captured"
            assert Decimal(event["total"]) == total(event["parts"]) == there.amount

    @invariant()
    def states_receipts_and_events_agree(self) -> None:
        rows = self.world.rows(
            """select p.id::text as payment, p.state, p.total, sum(t.amount) as parts, r.payment is not null as receipt
               from payment p join payment_part t on t.payment = p.id left join receipt r on r.payment = p.id
               group by p.id, r.payment"""
        )
        said = {event["payment"] for event in self.world.announced("payment_succeeded")}
        for row in rows:
            assert row["total"] == row["parts"]
            assert (row["state"] == "succeeded") == row["receipt"] == (row["payment"] in said)
        assert len(rows) <= len(self.requests)

    def teardown(self) -> None:
        """When the weather clears, the janitor settles everything as the system has it."""
        self.system.trouble = "none"
        for _ in range(2):
            self.world.clock.moment += timedelta(minutes=1)
            while self.world.look():
                if not self.world.rows("select 1 as one from payment where state = 'created'"):
                    break
        for row in self.world.rows("select id::text as payment, state from payment"):
            there = self.system.payments[self.system.by_ours[row["payment"]]]
            expected = {"captured": "succeeded", "canceled": "canceled", "pending": "pending"}
            assert row["state"] == expected[there.status]
        self.one_success_a_payment_and_only_of_captured_money()
        self.states_receipts_and_events_agree()


def test_drill10_any_order_of_events_pays_each_payment_once(world: World) -> None:
    PaymentMachine.world = world
    run_state_machine_as_test(
        PaymentMachine,
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_drill1_the_machine_notices_a_second_success(world: World) -> None:
    PaymentMachine.world = world
    machine = PaymentMachine()
    machine.create([100])
    machine.at_the_system(0, "captured")
    machine.webhook(0, "payment.succeeded")
    machine.one_success_a_payment_and_only_of_captured_money()
    with world.database.transaction() as tx:
        tx.run(
            "insert into outbox (aggregate, exchange, routing_key, headers, body)"
            " select aggregate, exchange, routing_key, headers, body from outbox"
        )
    with pytest.raises(AssertionError):
        machine.one_success_a_payment_and_only_of_captured_money()
