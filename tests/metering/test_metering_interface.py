"""The real service on the real broker, with a head end in the outsiders' virtual host (MT-8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import amqp
import eventlet
import pytest
from prometheus_client import REGISTRY

from chassis.batches import Batches
from chassis.clock import FixedClock
from chassis.database import Database, make_engine
from contracts.errors import CabinetError
from contracts.events.identity import AccountLinked, AccountUnlinked
from contracts.identifiers import account_id, new_id
from services.metering import head_ends
from services.metering.adapters.ami import QUEUE, declare_ami
from services.metering.adapters.broker_management import BrokerManagement
from services.metering.service import MeteringService
from tests.metering import cim
from tests.metering.world import HEAD_END, HEADER, URAL, batch_id, register_entry, register_line
from tests.support_code.bus import Bus, calling, connect
from tests.support_code.databases import value
from tests.support_code.nodes import Nodes
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

KEY, DEAD, RECEIPTS = f"{URAL}.{HEAD_END}", f"{QUEUE}.dead", f"{HEAD_END}.receipts"
NUMBER = "7400000001"
ACCOUNT = account_id(URAL, NUMBER)
NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)


@pytest.fixture
def outside(nodes: Nodes) -> Iterator[Bus]:
    """The outsiders' virtual host as metering sees it, with empty queues."""
    found = Bus(nodes, nodes.ami_url())
    found.start()
    with found.channel() as channel:
        declare_ami(channel)
        for queue in (QUEUE, DEAD):
            channel.queue_purge(queue)
    yield found
    found.connection.stop()


class HeadEnd:
    """The demo's head end: its own user, its own routing key."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self.channel = self._connection.channel()
        self.channel.queue_purge(RECEIPTS)

    def publish(self, body: bytes, key: str = KEY, **properties: Any) -> None:
        sent = {"content_type": "application/json", "delivery_mode": 2, "user_id": HEAD_END} | properties
        message = amqp.Message(body, **{name: value for name, value in sent.items() if value is not None})
        self.channel.basic_publish(message, "ami.readings", key)

    def receipt(self) -> dict[str, Any]:
        message = eventually(lambda: self.channel.basic_get(RECEIPTS, no_ack=True))
        said: dict[str, Any] = json.loads(message.body)
        return said

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def management(nodes: Nodes) -> BrokerManagement:
    """The broker's, of the vhost of head ends."""
    return BrokerManagement(nodes.management_url, nodes.ami_vhost)


@pytest.fixture
def metering_database(service_database: Callable[[str], str]) -> Iterator[Database]:
    engine = make_engine(service_database("metering"), 2)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def head_end(
    outside: Bus, nodes: Nodes, metering_database: Database, management: BrokerManagement
) -> Iterator[HeadEnd]:
    """Added by the command, as an operator does it."""
    head_ends.add(metering_database, management, HEAD_END, [URAL], nodes.password(HEAD_END))
    found = HeadEnd(nodes.ami_url(HEAD_END))
    yield found
    found.close()


@pytest.fixture
def metering(
    run_service: Callable[..., Any], rpc: Callable[..., Any], tokens: Tokens, outside: Bus
) -> Callable[..., Any]:
    """The service with one meter in place; ``metering()`` is its RPC."""
    run_service(MeteringService, clock=FixedClock(NOW))
    line = register_line(NUMBER, "M1", opening="1.8.0=0", installed_on="2026-07-01")
    with calling(tokens.person(None, "operator")):
        assert rpc("metering").import_meters(provider=URAL, csv=f"{HEADER}\n{line}")["added"] == 1
    return lambda: rpc("metering")


def body(batch: str, value: str = "5", head_end: str = HEAD_END) -> bytes:
    """A batch; ``batch`` names its id."""
    entry = register_entry("M1", "2026-11-01T00:00:00", value)
    said = {
        "batch": batch_id(batch),
        "head_end": head_end,
        "sent_at": "2026-11-20T00:00:00Z",
        "readings": [entry],
    }
    return json.dumps(said).encode()


def letter(outside: Bus) -> str:
    """The reason of the one dead letter."""
    eventually(lambda: outside.depth(DEAD) == 1)
    [message] = outside.take(DEAD)
    assert message.headers["x-routing-key"] == KEY
    return str(message.headers["x-dead-reason"])


def test_mt8_a_batch_is_answered_with_its_receipt(
    metering: Callable[..., Any], head_end: HeadEnd, tokens: Tokens
) -> None:
    # What is sent with the key for tests is answered, and changes nothing (MT-15).
    head_end.publish(body("b1"), key=f"{KEY}.test")
    assert head_end.receipt()["test"] is True
    head_end.publish(body("b1"))
    expected = {"batch": batch_id("b1"), "accepted": 1, "duplicates": 0, "corrected": 0, "rejected": []}
    assert head_end.receipt() == expected
    head_end.publish(body("b1"))
    assert head_end.receipt() == expected
    head_end.publish(body("b2", "6"))
    assert head_end.receipt() == expected | {"batch": batch_id("b2"), "accepted": 0, "corrected": 1}
    with calling(tokens.service("billing")):
        [row] = metering().quantities(provider=URAL, period="2026-10", accounts=[ACCOUNT])["quantities"]
    assert (row["opening"], row["closing"], row["consumption"]) == ("0", "6", "6")


@pytest.mark.parametrize(
    ("text", "properties", "reason"),
    [
        (body("x"), {"user_id": None}, "user_id"),
        (body("x", head_end="hes-chel-2"), {}, "head_end"),
        (b"{not json", {}, "unreadable"),
        (b"\xff\xfe", {}, "unreadable"),
        (b'{"batch": "x"}', {}, "unreadable"),
        (body("x"), {"content_type": "text/plain"}, "content_type"),
    ],
)
def test_mt8_what_cannot_be_trusted_or_read_is_dead_with_its_reason_while_neighbours_pass(
    metering: Callable[..., Any],
    head_end: HeadEnd,
    outside: Bus,
    text: bytes,
    properties: dict[str, Any],
    reason: str,
) -> None:
    head_end.publish(body("before"))
    head_end.publish(text, **properties)
    head_end.publish(body("after"))
    assert [head_end.receipt()["batch"] for _ in range(2)] == [batch_id("before"), batch_id("after")]
    assert letter(outside) == reason


def test_mt8_an_xml_message_is_answered_as_json_is_and_a_bad_one_is_dead(
    metering: Callable[..., Any], head_end: HeadEnd, outside: Bus
) -> None:
    said = cim.message(cim.meter("M1", cim.reading("2026-11-01T00:00:00+05:00", "5")))
    head_end.publish(said, content_type="application/xml")
    expected = {"batch": cim.X1, "accepted": 1, "duplicates": 0, "corrected": 0, "rejected": []}
    assert head_end.receipt() == expected
    head_end.publish(said, content_type="text/xml")
    assert letter(outside) == "content_type"
    head_end.publish(
        cim.message(before="<!DOCTYPE EventMessage>"), content_type="application/xml; charset=utf-8"
    )
    assert letter(outside) == "unreadable"
    head_end.publish(said, content_type="application/xml")
    assert head_end.receipt() == expected


def test_mt8_killed_between_the_commit_and_the_receipt_the_receipt_comes_once_the_service_is_back(
    run_service: Callable[..., Any],
    rpc: Callable[..., Any],
    tokens: Tokens,
    head_end: HeadEnd,
    outside: Bus,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = run_service(MeteringService, clock=FixedClock(NOW))
    line = register_line(NUMBER, "M1", opening="1.8.0=0", installed_on="2026-07-01")
    with calling(tokens.person(None, "operator")):
        assert rpc("metering").import_meters(provider=URAL, csv=f"{HEADER}\n{line}")["added"] == 1
    reached: list[int] = []

    def hang(messages: Any) -> None:
        reached.append(len(messages))
        eventlet.sleep(60)

    monkeypatch.setattr(service.extension(Batches)._channel_out, "publish_confirmed", hang)
    head_end.publish(body("b1"))
    eventually(lambda: reached)
    head_end.publish(body("b2", "6"))
    stored = service.container.config["database"]["url"]
    eventually(lambda: value(stored, "select count(*) from ami_batch") == 2)
    service.kill()
    assert head_end.channel.basic_get(RECEIPTS) is None
    run_service(MeteringService, clock=FixedClock(NOW))
    found = {receipt["batch"]: receipt for receipt in (head_end.receipt(), head_end.receipt())}
    assert (found[batch_id("b1")]["accepted"], found[batch_id("b2")]["corrected"]) == (1, 1)
    assert value(stored, "select count(*) from register_reading where source = 'ami'") == 2
    assert eventually(lambda: outside.depth(QUEUE) == 0)


def test_mt8_what_the_ingest_did_is_counted_once(
    metering: Callable[..., Any], head_end: HeadEnd, outside: Bus
) -> None:
    def figure(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    names = [
        ("ami_values_total", {"outcome": "accepted"}), ("ami_values_total", {"outcome": "duplicate"}),
        ("ami_values_total", {"outcome": "corrected"}), ("ami_rejected_values_total", {"code": "unknown_meter"}),
        ("ami_batches_total", {"outcome": "new"}), ("ami_batches_total", {"outcome": "known"}),
    ]  # fmt: skip
    before = [figure(name, **labels) for name, labels in names]
    unknown = body("c4").replace(b'"M1"', b'"M9"')
    for said in (body("c1"), body("c1"), body("c2"), body("c3", "6"), unknown):
        head_end.publish(said)
        head_end.receipt()
    after = [figure(name, **labels) for name, labels in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1, 1, 4, 1]
    assert figure("ami_transaction_seconds_count") >= 5
    assert figure("ami_oldest_seconds") == 5 * 3600


def test_mt8_a_head_end_may_use_its_own_routing_key_and_name_only(outside: Bus, nodes: Nodes) -> None:
    for key, user, error in [
        (f"{URAL}.hes-chel-2", HEAD_END, amqp.AccessRefused),
        (f"ustek-chelyabinsk.{HEAD_END}", HEAD_END, amqp.AccessRefused),
        (KEY, "hes-chel-2", amqp.PreconditionFailed),
    ]:
        end = HeadEnd(nodes.ami_url(HEAD_END))
        with pytest.raises(error):
            end.publish(body("x"), key, user_id=user)
        end.close()
    assert outside.depth(QUEUE) == 0


def test_mt2_readings_over_the_bus_once_for_a_key_and_only_with_a_grant(
    metering: Callable[..., Any], tokens: Tokens, publish_event: Callable[..., str], bus: Bus
) -> None:
    announced = bus.listen("metering.events", "reading_accepted")
    person = new_id()
    mine, sent = tokens.person(person), {"values": {"1.8.0": "12.5"}}
    grant = {"person": person, "account": ACCOUNT}
    publish_event(AccountLinked(**grant, at=NOW, provider=URAL, number=NUMBER, scopes=["see", "readings"]))

    def meters() -> list[Any]:
        with calling(mine):
            found: list[Any] = metering().overview()["meters"]
            return found

    [meter] = eventually(meters)
    assert meter["window"] == {
        "open": True, "opens_on": "2026-11-01", "closes_on": "2026-11-25", "counts_for": "2026-11",
        "in_time": True, "kept": False,
    }  # fmt: skip
    with calling(mine), pytest.raises(CabinetError, match="idempotency_key_missing"):
        metering().submit_readings(meter=meter["meter"], **sent)
    with calling(mine, key="k1"):
        first = metering().submit_readings(meter=meter["meter"], **sent)
        assert metering().submit_readings(meter=meter["meter"], **sent) == first
        with pytest.raises(CabinetError, match="idempotency_key_reused"):
            metering().submit_readings(meter=meter["meter"], values={"1.8.0": "13"})
    assert first["values"] == [
        {"register": "1.8.0", "zone": "single", "value": "12.5", "previous": "0", "consumption": "12.5"}
    ]
    eventually(lambda: bus.depth(announced) == 1)
    assert json.loads(bus.take(announced)[0].body)["reading"] == first["reading"]
    with calling(mine):
        assert [row["value"] for row in meters()[0]["last_readings"]] == ["12.5"]
        with pytest.raises(CabinetError, match="forbidden"):
            metering().quantities(provider=URAL, period="2026-11", accounts=[ACCOUNT])
        with pytest.raises(CabinetError, match="forbidden"):
            metering().import_meters(provider=URAL, csv="x")
    with calling(mine, key="k2"), pytest.raises(CabinetError, match="forbidden"):
        metering().enter_readings(meter=meter["meter"], **sent)
    publish_event(AccountUnlinked(**grant, at=NOW))
    eventually(lambda: meters() == [])
    bus.delete(announced)


def test_mt8_a_head_end_speaks_for_its_suppliers_only(
    metering: Callable[..., Any], head_end: HeadEnd, outside: Bus, metering_database: Database
) -> None:
    """Rights by topic bind direct publishes; whatever way a batch came, it is refused whole for another supplier."""
    key = f"ustek-chelyabinsk.{HEAD_END}"
    outside.publish("ami.readings", key, body("b1"), user_id=HEAD_END)
    assert {one["code"] for one in head_end.receipt()["rejected"]} == {"provider_not_allowed"}
    assert outside.depth(DEAD) == 0
    with metering_database.transaction() as tx:
        assert tx.value("select count(*) from ami_batch") == 0
        # Allowed from now on: whoever is not known yet is looked for again within a second.
        tx.run("insert into head_end values (:name, 'ustek-chelyabinsk', now())", name=HEAD_END)
    eventually(lambda: _codes(outside, head_end, key) == {"unknown_meter"})


def _codes(outside: Bus, head_end: HeadEnd, key: str) -> set[str]:
    outside.publish("ami.readings", key, body(new_id()), user_id=HEAD_END)
    return {one["code"] for one in head_end.receipt()["rejected"]}


def test_mt8_a_head_end_can_only_publish_under_its_key_and_fetch_its_receipts(
    head_end: HeadEnd, nodes: Nodes, outside: Bus
) -> None:
    def refused(act: Callable[[Any], Any]) -> None:
        connection = connect(nodes.ami_url(HEAD_END))
        with pytest.raises(amqp.AccessRefused):
            act(connection.channel())
        connection.close()

    message = amqp.Message("{}", user_id=HEAD_END)
    with outside.channel() as channel:
        channel.exchange_declare("open.to.all", "fanout", durable=True, auto_delete=False)
    for act in (
        lambda channel: channel.basic_publish_confirm(
            message, "ami.readings", "ustek-chelyabinsk.hes-chel-1"
        ),
        lambda channel: channel.basic_publish_confirm(message, "ami.readings", f"{URAL}.hes-chel-2"),
        lambda channel: channel.basic_publish_confirm(message, "", QUEUE),
        lambda channel: channel.basic_publish_confirm(message, "ami.replay", f"replay.{QUEUE}"),
        lambda channel: channel.basic_publish_confirm(message, "ami.receipts", "hes-chel-2"),
        lambda channel: channel.queue_declare("mine", arguments={"x-dead-letter-exchange": "ami.readings"}),
        lambda channel: channel.queue_declare(f"{HEAD_END}.more"),
        lambda channel: channel.exchange_declare("mine", "fanout"),
        lambda channel: channel.exchange_bind("ami.readings", "open.to.all", "#"),
        lambda channel: channel.queue_bind(QUEUE, "open.to.all", "#"),
        lambda channel: channel.queue_bind(RECEIPTS, "ami.receipts", "#"),
        lambda channel: channel.basic_get(QUEUE),
        lambda channel: channel.basic_get("hes-chel-2.receipts"),
    ):
        refused(act)
    # Nor may it say that somebody else sends.
    with pytest.raises(amqp.PreconditionFailed):
        forged = amqp.Message("{}", user_id="hes-chel-2")
        connect(nodes.ami_url(HEAD_END)).channel().basic_publish_confirm(forged, "ami.readings", KEY)


def test_mt8_the_command_adds_lists_and_removes_head_ends(
    outside: Bus,
    nodes: Nodes,
    service_database: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, url = f"hes-{nodes.vhost}", service_database("metering")
    for variable, given in {
        "DATABASE_URL": url, "BROKER_MANAGEMENT_URL": nodes.management_url, "AMI_VHOST": nodes.ami_vhost,
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, given)
    assert head_ends.main(["add", name, "--provider", "nobody"]) == 2
    assert head_ends.main(["add", "No Name", "--provider", URAL]) == 2
    capsys.readouterr()
    assert head_ends.main(["add", name, "--provider", URAL]) == 0
    password = capsys.readouterr().out.rsplit(" ", 1)[1].strip()
    mine = connect(f"amqp://{name}:{password}@127.0.0.1:{nodes.amqp_port}/{nodes.ami_vhost}")
    message = amqp.Message("{}", user_id=name)
    mine.channel().basic_publish_confirm(message, "ami.readings", f"{URAL}.{name}")
    monkeypatch.setenv("HEAD_END_PASSWORD", password)
    assert head_ends.main(["add", name, "--provider", "ustek-chelyabinsk"]) == 0
    for provider in (URAL, "ustek-chelyabinsk"):
        connection = connect(f"amqp://{name}:{password}@127.0.0.1:{nodes.amqp_port}/{nodes.ami_vhost}")
        connection.channel().basic_publish_confirm(message, "ami.readings", f"{provider}.{name}.test")
        connection.close()
    capsys.readouterr()
    assert head_ends.main(["list"]) == 0
    assert f"{name}\turalenergosbyt, ustek-chelyabinsk" in capsys.readouterr().out
    assert head_ends.main(["remove", name]) == 0 and head_ends.main(["remove", name]) == 0
    with pytest.raises((amqp.AMQPError, OSError)):
        connect(f"amqp://{name}:{password}@127.0.0.1:{nodes.amqp_port}/{nodes.ami_vhost}")
