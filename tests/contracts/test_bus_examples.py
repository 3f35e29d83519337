"""The examples of docs/bus.md are run as they stand, with clients of foreign make, on the real broker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import eventlet
import jsonschema
import pytest
from nameko.containers import ServiceContainer

from chassis.clock import FixedClock
from chassis.database import Database, make_engine
from contracts.events.billing import BillIssued
from contracts.identifiers import new_id
from deploy.local.names import ROOT
from services.billing.service import BillingService
from services.metering import head_ends
from services.metering.adapters.broker_management import BrokerManagement
from services.metering.service import MeteringService
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import PATIENCE, eventually

TEXT = (ROOT / "docs" / "bus.md").read_text(encoding="utf-8")
EXAMPLES = {
    title: (language, code)
    for language, title, code in re.findall(r"```(python|sh)\n# ([^\n]+)\n(.*?)```", TEXT, re.DOTALL)
}
HEAD_END, SUPPLIER = "hes-chel-1", "uralenergosbyt"


def run(title: str, **variables: str) -> str:
    """What an example prints."""
    language, code = EXAMPLES[title]
    argv = [sys.executable, "-W", "ignore", "-c", code] if language == "python" else ["sh", "-c", code]
    process = eventlet.green.subprocess.Popen(  # type: ignore[attr-defined]
        argv, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with eventlet.Timeout(PATIENCE):
        said, wrong = process.communicate()
    assert process.returncode == 0, wrong
    return str(said)


def issued(number: str) -> BillIssued:
    """A bill, on the bus."""
    golden = json.loads((ROOT / "contracts/golden/billing.bill_issued.v1.json").read_text(encoding="utf-8"))
    event = BillIssued.from_payload(golden["body"])
    return BillIssued(
        **{**{name: getattr(event, name) for name in event.__struct_fields__}, "number": number}
    )


def test_a_call_with_stock_nameko(run_service: Callable[..., Running], nodes: Nodes, tokens: Tokens) -> None:
    run_service(BillingService)
    said = run(
        "stock nameko: a call, and what a refusal says", AMQP_URL=nodes.amqp_url(), TOKEN=tokens.person()
    )
    assert said.splitlines() == [
        "0 accounts",
        "validation_failed Some fields are missing or wrong. /account: invalid_format",
    ]


def test_a_stock_handler_finds_the_id_of_its_event(
    nodes: Nodes, publish_event: Callable[..., str], capsys: pytest.CaptureFixture[str], bus: Bus
) -> None:
    found: dict[str, Any] = {"__name__": "watcher"}
    exec(EXAMPLES["stock nameko: a handler that does the same event once"][1], found)
    with bus.channel() as channel:
        channel.exchange_declare("billing.events", "topic", durable=True, auto_delete=False)
    container = ServiceContainer(found["Watcher"], {"AMQP_URI": nodes.amqp_url()})
    container.start()
    try:
        event_id = publish_event(issued("B-7"))
        eventually(lambda: event_id in found["Watcher"].done)
        assert "bill B-7" in capsys.readouterr().out
    finally:
        container.stop()


def test_a_lasting_queue_with_pika(nodes: Nodes, bus: Bus, publish_event: Callable[..., str]) -> None:
    queue = "watcher.billing.bill_issued"
    with bus.channel() as channel:
        channel.exchange_declare("billing.events", "topic", durable=True, auto_delete=False)
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(queue, "billing.events", "bill_issued")
    event_id = publish_event(issued("B-8"))
    said = run("pika: a lasting queue of your own", AMQP_URL=nodes.amqp_url())
    assert said.split() == [event_id, "B-8"]


@pytest.fixture
def head_end(
    run_service: Callable[..., Running], nodes: Nodes, service_database: Callable[[str], str]
) -> dict[str, str]:
    """Metering, and the variables of a head end that an operator has added."""
    run_service(MeteringService, clock=FixedClock(datetime(2026, 11, 20, 5, tzinfo=UTC)))
    engine = make_engine(service_database("metering"), 1)
    management = BrokerManagement(nodes.management_url, nodes.ami_vhost)
    head_ends.add(Database(engine), management, HEAD_END, [SUPPLIER], nodes.password(HEAD_END))
    engine.dispose()
    return {"AMI_URL": nodes.ami_url(HEAD_END), "HEAD_END": HEAD_END}


def test_mt15_a_batch_published_with_pika_gets_its_receipt(head_end: dict[str, str]) -> None:
    said = run("pika: publish a batch with confirms, fetch its receipt", **head_end)
    assert said.strip() == "accepted 0 rejected ['unknown_meter', 'unknown_meter']"


@pytest.mark.skipif(shutil.which("amqp-get") is None, reason="amqp-tools are not installed")
def test_a_receipt_from_a_shell(head_end: dict[str, str], nodes: Nodes) -> None:
    bus = Bus(nodes, nodes.ami_url())
    bus.start()
    bus.publish("ami.receipts", HEAD_END, b'{"batch": "x"}')
    assert eventually(lambda: '"batch"' in run("amqp-tools: a receipt from a shell", **head_end))
    bus.connection.stop()


def test_mt15_the_schema_takes_what_a_head_end_may_send_and_nothing_else() -> None:
    schema = json.loads((ROOT / "docs" / "ami.schema.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    register = {"meter": "1", "obis": "1-0:1.8.0", "at": "2026-11-20T00:00:00+05:00", "value": "1.5"}
    run_ = {
        "meter": "1", "obis": "1-0:1.29.0", "from": "2026-11-19T00:00:00+05:00", "step": "PT30M",
        "values": ["0.1", None, 0.2], "flags": {"1": "power-loss"},
    }  # fmt: skip
    batch = {"batch": new_id(), "head_end": HEAD_END, "sent_at": "2026-11-20T00:07:11+05:00"}
    assert check.is_valid(batch | {"readings": [register, run_, register | {"value": float(Decimal("2.5"))}]})
    for wrong in (
        {"readings": []},
        batch,
        batch | {"readings": [register | {"meter": 7}]},
        batch | {"readings": [run_ | {"step": "PT45M"}]},
        batch | {"readings": [run_ | {"values": [True]}]},
        batch | {"batch": "b1", "readings": []},
    ):
        assert not check.is_valid(wrong), wrong
