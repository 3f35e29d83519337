"""One golden message per message type and version: what outsiders may count on does not change by accident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chassis.outbox import as_message, outbox_row
from contracts import ami
from contracts.events import REGISTRY, Event
from deploy.local.names import ROOT

GOLDEN = ROOT / "contracts" / "golden"
EVENTS = sorted((source, name, kind) for (source, name), kind in REGISTRY.items())
IDS = [f"{source}.{name}" for source, name, _ in EVENTS]


def _path(source: str, name: str, kind: type[Event]) -> Path:
    return GOLDEN / f"{source}.{name}.v{kind.version}.json"


def _golden(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_there_is_one_for_every_event_and_none_besides() -> None:
    """Those of earlier versions stay for as long as somebody may send them."""
    expected = {_path(*event).name for event in EVENTS} | {"ami.batch.v1.json", "ami.receipt.v1.json"}
    assert {path.name for path in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize(("source", "name", "kind"), EVENTS, ids=IDS)
def test_it_reads_as_the_event_and_writes_as_the_same_json(source: str, name: str, kind: type[Event]) -> None:
    body = _golden(_path(source, name, kind))["body"]
    event = kind.from_payload(body)
    assert type(event) is kind
    assert json.loads(msgspec.json.encode(event)) == body
    assert event.payload() == body


@pytest.mark.parametrize(("source", "name", "kind"), EVENTS, ids=IDS)
def test_it_travels_as_the_outbox_publishes_it(source: str, name: str, kind: type[Event]) -> None:
    golden = _golden(_path(source, name, kind))
    event = kind.from_payload(golden["body"])
    row = outbox_row(event)._asdict()
    row["headers"] = json.loads(row["headers"])
    sent = as_message(row, "metering")
    assert (sent.exchange, sent.routing_key) == (golden["exchange"], golden["routing_key"])
    assert golden["headers"].keys() - {"x-request-id"} == row["headers"].keys()
    for header in ("specversion", "source", "type", "subject"):
        assert row["headers"][f"cloudEvents:{header}"] == golden["headers"][f"cloudEvents:{header}"]


@pytest.mark.parametrize(("source", "name", "kind"), EVENTS, ids=IDS)
def test_a_reader_ignores_fields_of_a_newer_writer(source: str, name: str, kind: type[Event]) -> None:
    body = _golden(_path(source, name, kind))["body"]
    assert kind.from_payload(body | {"field_of_next_year": 1}) == kind.from_payload(body)


@pytest.mark.parametrize(("source", "name", "kind"), EVENTS, ids=IDS)
def test_a_missing_fact_is_noticed(source: str, name: str, kind: type[Event]) -> None:
    body = _golden(_path(source, name, kind))["body"]
    required = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
    assert required
    for field in required:
        with pytest.raises(msgspec.ValidationError, match=field):
            kind.from_payload({key: value for key, value in body.items() if key != field})


def test_the_batch_reads_and_writes_as_the_same_json() -> None:
    body = _golden(GOLDEN / "ami.batch.v1.json")["body"]
    batch = ami.decode_batch(json.dumps(body).encode())
    assert json.loads(msgspec.json.encode(batch)) == body
    readings = [ami.decode_reading(raw) for raw in batch.readings]
    for reading, sent in zip(readings, body["readings"], strict=True):
        written = {key: value for key, value in msgspec.to_builtins(reading).items() if value is not None}
        assert _as_text(written) == _as_text(sent)


def _as_text(value: Any) -> Any:
    """Numbers and decimal strings are the same."""
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [None if item is None else _as_text(item) for item in value]
    return str(value)


def test_the_receipt_reads_and_writes_as_the_same_json() -> None:
    body = _golden(GOLDEN / "ami.receipt.v1.json")["body"]
    receipt = msgspec.json.decode(json.dumps(body), type=ami.BatchReceipt)
    assert json.loads(msgspec.json.encode(receipt)) == body
