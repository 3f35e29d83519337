"""The OpenAPI document is valid, current, and knows every operation with its rule."""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec
import pytest
import yaml
from openapi_spec_validator import validate

from deploy.local.names import ROOT
from docs.generate_openapi import generate_openapi
from gateway.codes import codes_of
from gateway.openapi import build
from gateway.operations import OPERATIONS, PUBLIC, Operation


def test_gw1_the_document_is_valid_openapi_3_1() -> None:
    document = json.loads(msgspec.json.encode(build()))
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_gw1_the_file_is_current() -> None:
    assert (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8") == generate_openapi(), (
        "run `make docs`"
    )


def test_gw1_every_operation_is_described_with_its_rule_and_its_key() -> None:
    paths = yaml.safe_load(generate_openapi())["paths"]
    assert sum(len(methods) for methods in paths.values()) == len(OPERATIONS)
    for item in OPERATIONS:
        described = paths[f"/api/v1{item.path}"][item.method.lower()]
        assert described["operationId"] == item.name
        assert bool(described["security"]) == (item.rule.who != PUBLIC)
        headers = {parameter["name"] for parameter in described["parameters"] if parameter["in"] == "header"}
        assert headers == ({"Idempotency-Key"} if item.idempotent else set())
        assert described["summary"].strip()


def test_gw1_every_property_and_parameter_says_what_it_means() -> None:
    document = build()
    for name, schema in document["components"]["schemas"].items():
        for field, kind in schema.get("properties", {}).items():
            assert kind.get("description") or field == "kind", f"{name}.{field}"
    for methods in document["paths"].values():
        for described in methods.values():
            assert all(parameter["description"] for parameter in described["parameters"])


def test_gw1_no_enumeration_is_without_a_name_and_no_object_without_a_shape() -> None:
    document = build()
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for field, kind in schema.get("properties", {}).items():
            assert len(kind.get("enum", ())) < 2, f"{name}.{field}"
    for union in ("HistoryItem", "MessageTarget", "SignInOutcome"):
        assert schemas[union]["discriminator"]["propertyName"] == "kind"
        assert len(schemas[union]["discriminator"]["mapping"]) == len(schemas[union]["anyOf"])


def test_gw1_names_of_schemas_are_plain() -> None:
    """Two structs of one name would be told apart by their modules."""
    assert all(name.isalnum() for name in build()["components"]["schemas"])


def test_gw1_lists_have_one_form_of_paging() -> None:
    for item in OPERATIONS:
        fields = {field.name for field in msgspec.structs.fields(item.query)} if item.query else set()
        assert not fields & {"before", "after", "offset", "page"}, item.name
        assert ("limit" in fields) == ("cursor" in fields), item.name


@pytest.mark.parametrize("item", OPERATIONS, ids=lambda item: item.name)
def test_gw1_an_operation_says_which_codes_it_gives(item: Operation) -> None:
    described = build_once()["paths"][f"/api/v1{item.path}"][item.method.lower()]["responses"]
    schemas = build_once()["components"]["schemas"]
    told = set()
    for status, answer in described.items():
        if int(status) >= 400:
            assert "X-Request-Id" in answer["headers"]
            [content] = answer["content"].values()
            told |= set(
                schemas[content["schema"]["$ref"].rpartition("/")[2]]["allOf"][1]["properties"]["code"][
                    "enum"
                ]
            )
    assert told == set(codes_of(item))


@functools.cache
def build_once() -> dict[str, Any]:
    return build()
