"""The OpenAPI document is valid, current, and knows every operation with its rule."""

from __future__ import annotations

import json

import msgspec
import yaml
from openapi_spec_validator import validate

from deploy.local.names import ROOT
from docs.generate_openapi import generate_openapi
from gateway.openapi import build
from gateway.operations import OPERATIONS, PUBLIC


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
