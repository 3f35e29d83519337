"""What each process may do on the broker, tried on a real one: nobody announces, answers or buries for another."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import amqp
import pytest

from chassis.broker import DEAD_EXCHANGE, RETRY_EXCHANGE, RETURN_EXCHANGE, dead_queue
from contracts.events.payments import PaymentPart, PaymentSucceeded
from deploy import rights
from services.billing.service import BillingService
from tests.support_code.bus import Bus, connect
from tests.support_code.nodes import Nodes
from tests.support_code.services import Running
from tests.support_code.waiting import eventually

QUEUE = "billing.payments.payment_succeeded"
MESSAGE = amqp.Message("{}")


@pytest.fixture
def topology(bus: Bus, run_service: Callable[..., Running]) -> Iterator[Running]:
    """Billing with its queues, in its own name."""
    yield run_service(BillingService)


def tried(nodes: Nodes, user: str, act: Callable[[Any], Any]) -> None:
    """As a user, on a connection that is thrown away."""
    connection = connect(nodes.amqp_url(user))
    try:
        act(connection.channel())
    finally:
        connection.close()


def reply_queue(user: str) -> str:
    return f"{user}.reply.{uuid.uuid4()}"


def test_the_file_is_what_the_code_declares() -> None:
    assert rights.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("user", "act"),
    [
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, "payments.events", "payment_succeeded")),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, "identity.events", "account_linked")),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, "", QUEUE)),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, RETRY_EXCHANGE, f"1.{QUEUE}")),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, DEAD_EXCHANGE, QUEUE)),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, RETURN_EXCHANGE, f"1.{QUEUE}")),
        ("gateway", lambda c: c.basic_publish_confirm(MESSAGE, "nameko-rpc", reply_queue("billing"))),
        ("gateway", lambda c: c.basic_get(QUEUE)),
        ("gateway", lambda c: c.basic_get(dead_queue(QUEUE))),
        ("gateway", lambda c: c.basic_get("rpc-billing")),
        ("gateway", lambda c: c.queue_purge(QUEUE)),
        ("gateway", lambda c: c.queue_declare("billing.reply.mine")),
        ("gateway", lambda c: c.queue_delete(QUEUE)),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, "payments.events", "payment_succeeded")),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, "billing.events", "payment_succeeded")),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, RETRY_EXCHANGE, "1.loyalty.billing.bill_issued")),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, DEAD_EXCHANGE, "loyalty.billing.bill_issued")),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, RETURN_EXCHANGE, f"1.{QUEUE}")),
        ("billing", lambda c: c.basic_publish_confirm(MESSAGE, "nameko-rpc", "payments.create")),
        ("billing", lambda c: c.basic_get(dead_queue(QUEUE))),
        ("billing", lambda c: c.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})),
        ("billing", lambda c: c.exchange_declare("billing.more", "topic")),
        ("operator", lambda c: c.basic_publish_confirm(MESSAGE, "payments.events", "payment_succeeded")),
        ("operator", lambda c: c.basic_get(QUEUE)),
    ],
)  # fmt: skip
def test_what_a_user_may_not(topology: Running, nodes: Nodes, user: str, act: Callable[[Any], Any]) -> None:
    with pytest.raises(amqp.AccessRefused):
        tried(nodes, user, act)


def test_nobody_overhears_the_requests_of_another(topology: Running, nodes: Nodes) -> None:
    def overhear(channel: Any) -> None:
        mine = reply_queue("gateway")
        channel.queue_declare(mine, auto_delete=True)
        channel.queue_bind(mine, "nameko-rpc", mine)  # its own key it may
        channel.queue_bind(mine, "nameko-rpc", "identity.*")

    with pytest.raises(amqp.AccessRefused):
        tried(nodes, "gateway", overhear)


def test_nobody_says_that_another_sends(topology: Running, nodes: Nodes) -> None:
    forged = amqp.Message("{}", user_id="payments")
    with pytest.raises(amqp.PreconditionFailed):
        tried(nodes, "billing", lambda c: c.basic_publish_confirm(forged, "billing.events", "bill_issued"))


def paid() -> PaymentSucceeded:
    part = PaymentPart(account=str(uuid.uuid4()), provider="uralenergosbyt", amount=Decimal(1))
    now = datetime.now(UTC)
    return PaymentSucceeded(
        payment=str(uuid.uuid4()), at=now, system="x", channel="cabinet", currency="RUB", total=Decimal(1),
        paid_at=now, parts=[part],
    )  # fmt: skip


@pytest.mark.parametrize("sender", ["loyalty", "gateway", ""])
def test_py4_an_event_that_its_source_did_not_send_goes_to_the_dead_letters(
    topology: Running, bus: Bus, sender: str
) -> None:
    """Whatever way it took: here as if rights had been given too freely."""
    dead = dead_queue(QUEUE)
    bus.take(dead)
    body = paid()
    more = {"user_id": sender} if sender else {}
    import msgspec

    bus.publish(
        "payments.events",
        "payment_succeeded",
        msgspec.json.encode(body),
        headers={"cloudEvents:id": "1"},
        **more,
    )
    assert eventually(lambda: bus.depth(dead) == 1)
    [letter] = bus.take(dead)
    assert letter.headers["x-dead-reason"] == "unreadable"


def test_py4_dead_lettering_from_a_queue_of_ones_own_brings_no_forged_event_in(
    topology: Running, bus: Bus, nodes: Nodes
) -> None:
    """A right by topic does not bind what the broker moves; but it moves the sender's name as well."""
    import msgspec

    dead = dead_queue(QUEUE)
    bus.take(dead)

    def through_a_queue(channel: Any) -> None:
        mine = reply_queue("loyalty")
        way = {"x-dead-letter-exchange": RETRY_EXCHANGE, "x-dead-letter-routing-key": f"1.{QUEUE}"}
        channel.queue_declare(
            mine, auto_delete=False, arguments={**way, "x-message-ttl": 1, "x-expires": 5000}
        )
        channel.queue_bind(mine, "nameko-rpc", mine)
        forged = amqp.Message(
            msgspec.json.encode(paid()).decode(), content_type="application/json", user_id="loyalty",
            application_headers={"cloudEvents:id": "2"},
        )  # fmt: skip
        channel.basic_publish_confirm(forged, "nameko-rpc", mine)

    tried(nodes, "loyalty", through_a_queue)
    assert eventually(lambda: bus.depth(dead) == 1)
    bus.take(dead)
