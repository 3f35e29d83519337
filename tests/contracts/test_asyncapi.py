"""The AsyncAPI document says what the code does."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR
from referencing import Registry, Resource

from chassis import topology
from contracts.events import REGISTRY
from contracts.rpc.common import Tables
from contracts.rpc.identity.sessions import SignInOutcome
from deploy.local.names import ROOT
from docs import generate
from docs.asyncapi_rpc import declarations
from docs.generate_asyncapi import generate_asyncapi


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))
    return found


def test_the_file_is_current() -> None:
    assert (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8") == generate_asyncapi(), (
        "run `make docs`"
    )


def test_check_notices_a_stale_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "GENERATED", {"it.yaml": lambda: "new"})
    assert generate.main(["--check"]) == 1
    assert not (tmp_path / "it.yaml").exists()
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_it_has_the_parts_of_an_asyncapi_3_document(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    assert document.keys() == {
        "asyncapi",
        "info",
        "defaultContentType",
        "servers",
        "channels",
        "operations",
        "components",
    }
    for server in document["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")


def test_every_event_and_every_subscription_is_in_it(document: dict[str, Any]) -> None:
    events = {f"{source}.{event}" for source, event in REGISTRY}
    rpcs = {
        f"{service.name}.{declaration.name}": f"{service.name} answers {declaration.name}"
        for service in topology.service_classes()
        for declaration, _ in declarations(service)
    }
    assert document["channels"].keys() == events | rpcs.keys() | {
        "ami.readings",
        "ami.receipts",
        "rpc.replies",
    }
    receives = {name for name, one in document["operations"].items() if one["action"] == "receive"}
    handled = {f"{consumer} handles {source}.{event}" for consumer, source, event in topology.subscriptions()}
    assert receives == handled | set(rpcs.values()) | {"metering takes batches"}


def test_every_method_on_the_bus_declares_what_it_takes_and_answers() -> None:
    """No dictionaries: a struct, or rows by table for the download of personal data."""
    for service in topology.service_classes():
        found = [declaration for declaration, _ in declarations(service)]
        on_bus = {
            name
            for name, method in inspect.getmembers(service, inspect.isfunction)
            if any(type(one).__name__ == "Rpc" for one in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()))
        }
        assert on_bus == {declaration.name for declaration in found}
        for declaration in found:
            known = (Tables, SignInOutcome)
            struct = isinstance(declaration.answer, type) and issubclass(declaration.answer, msgspec.Struct)
            assert struct or declaration.answer in known, f"{service.name}.{declaration.name}"


def test_requests_and_answers_have_schemas_that_hold(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description") or "." not in name, f"{name} says nothing of itself"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for item in value.values() for found in references(item)]
        return [found for item in value for found in references(item)] if isinstance(value, list) else []

    found = references(document)
    assert found
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_golden_messages_fit_their_schemas(document: dict[str, Any]) -> None:
    registry: Any = Registry().with_resource(
        "urn:doc", Resource.from_contents(document, default_specification=_specification())
    )
    for name, message in document["components"]["messages"].items():
        if "$ref" not in message["payload"]:
            continue  # requests and replies of RPCs
        schema = {"$ref": "urn:doc" + message["payload"]["$ref"]}
        validator = Draft202012Validator(schema, registry=registry)
        golden = json.loads((ROOT / "contracts" / "golden" / f"{name}.json").read_text(encoding="utf-8"))
        body = golden["body"]
        assert [error.message for error in validator.iter_errors(body)] == []
        required = document["components"]["schemas"][message["title"]]["required"]
        without = {key: value for key, value in body.items() if key != required[0]}
        assert list(validator.iter_errors(without)), f"{name}: the schema asks for nothing"


def _specification() -> Any:
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012


def test_headers_of_golden_messages_are_described(document: dict[str, Any]) -> None:
    described = document["components"]["messageTraits"]["event"]["headers"]
    for source, event in REGISTRY:
        name = f"{source}.{event}.v{REGISTRY[source, event].version}.json"
        golden = json.loads((ROOT / "contracts" / "golden" / name).read_text(encoding="utf-8"))
        assert golden["headers"].keys() <= described["properties"].keys()
        assert set(described["required"]) <= golden["headers"].keys()
