"""Queues exist before their producers publish."""

from __future__ import annotations

import subprocess
import sys

import amqp
import pytest

from chassis import broker, topology
from chassis.subscriptions import Subscription
from contracts.events import REGISTRY
from deploy.local.names import ROOT
from tests.support_code.bus import Bus


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class ListenerService:
        name = "listener"

    monkeypatch.setattr(topology, "entrypoints_of", lambda service: [Subscription("shout", "heard")])
    monkeypatch.setattr(topology, "service_classes", lambda: [ListenerService])


def test_an_event_published_before_its_consumer_ever_started_waits_for_it(bus: Bus, made_up: None) -> None:
    assert topology.declare_all(bus.url) == 1
    bus.publish("shout.events", "heard", b"{}")
    assert bus.depth("listener.shout.heard") == 1
    assert bus.depth("listener.shout.heard.dead") == 0
    assert topology.declare_all(bus.url) == 1  # again changes nothing
    assert bus.depth("listener.shout.heard") == 1


def test_queues_are_quorum_queues_that_bury_and_limit(bus: Bus, made_up: None) -> None:
    """Declared differently the broker refuses, so this pins what the names stand for."""
    topology.declare_all(bus.url)
    queue = "listener.shout.heard"
    for arguments in ({"x-queue-type": "classic"}, {"x-queue-type": "quorum"}):
        with pytest.raises(amqp.PreconditionFailed), bus.channel() as channel:
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
    assert broker.DELIVERY_LIMIT >= 100


def test_the_code_subscribes_to_events_that_have_contracts() -> None:
    found = topology.subscriptions()
    assert found == sorted(set(found))
    assert all((source, event) in REGISTRY for _, source, event in found)


def test_the_list_needs_no_broker() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chassis.topology", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [broker.subscription_queue(*one) for one in topology.subscriptions()]
    assert done.stdout.split() == expected
