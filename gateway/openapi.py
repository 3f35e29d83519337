"""OpenAPI 3.1, made from the declared operations and the structs of their bodies and answers."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

from contracts.errors import CATALOGUE, KINDS
from gateway.operations import OPERATIONS, PUBLIC, STAFF, Operation
from gateway.problems import MEDIA, Problem

VERSION = "0.1.0"
REF = "#/components/schemas/{name}"
# Any operation may answer with these.
COMMON_ERRORS = (
    "validation_failed",
    "malformed_request",
    "service_unavailable",
    "deadline_exceeded",
    "internal_error",
)

#: What stands in a path and is no id.
PATH_SCHEMAS: dict[str, dict[str, Any]] = {
    "system": {"type": "string", "maxLength": 32},
    "channel": {"type": "string", "maxLength": 32},
    "day": {"type": "string", "format": "date"},
}


def build() -> dict[str, Any]:
    """The document."""
    operations = sorted(OPERATIONS, key=lambda item: (item.path, item.method))
    _, components = msgspec.json.schema_components(_structs(operations), ref_template=REF)
    for schema in components.values():
        _tidy(schema)
    paths: dict[str, Any] = {}
    for item in operations:
        paths.setdefault(f"/api/v1{item.path}", {})[item.method.lower()] = _operation(item)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customer cabinet",
            "version": VERSION,
            "description": "Readings, bills, payments and loyalty of a utility's customers. Errors are problem details "
            "(RFC 9457) with a stable `code`. Decimals are strings; a debt is positive.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted({item.tag for item in operations})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _structs(operations: list[Operation]) -> list[Any]:
    found: dict[Any, None] = {Problem: None}
    for item in operations:
        for struct in (item.body, item.answer):
            if struct is not None:
                found[struct] = None
    return list(found)


def _operation(item: Operation) -> dict[str, Any]:
    lines = item.summary.split("\n")
    made: dict[str, Any] = {
        "operationId": item.name,
        "tags": [item.tag],
        "summary": lines[0],
        "parameters": _parameters(item),
        "responses": _responses(item),
        "security": [] if item.rule.who == PUBLIC else [{"bearer": []}],
    }
    description = " ".join(line.strip() for line in item.summary.split("\n")).strip()
    if item.rule.who == STAFF:
        description += f" For staff: {', '.join(item.rule.roles)}."
    if description != lines[0]:
        made["description"] = description
    if item.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {item.body_media: {"schema": {"$ref": REF.format(name=item.body.__name__)}}},
        }
    elif item.path.startswith("/webhooks/"):
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    return made


def _parameters(item: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in re.findall(r"\{(\w+)\}", item.path):
        schema = PATH_SCHEMAS.get(name, {"type": "string", "format": "uuid"})
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if item.query is not None:
        (_,), components = msgspec.json.schema_components([item.query], ref_template=REF)
        schema = components[item.query.__name__]
        for name, kind in schema["properties"].items():
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in schema.get("required", ()),
                    "schema": {
                        key: value for key, value in kind.items() if not (key == "default" and value is None)
                    },
                }
            )
    if item.idempotent:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "The same key with the same request gives the same answer, for at least 24 hours.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
            }
        )
    return found


def _responses(item: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {
        media: {
            "schema": {"$ref": REF.format(name=item.answer.__name__)}
            if media == "application/json"
            else {"type": "string", "contentMediaType": media}
        }
        for media in item.media.split(", ")
    }
    found: dict[str, Any] = {str(item.status): {"description": "Done.", "content": content}}
    if item.method == "GET" and item.media == "application/json":
        found["304"] = {"description": "Not changed since the ETag sent in If-None-Match."}
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*item.errors, *_expected(item))):
        by_status.setdefault(KINDS[CATALOGUE[code][0]], []).append(code)
    for status, codes in sorted(by_status.items()):
        found[str(status)] = {
            "description": f"Problem: {', '.join(f'`{code}`' for code in codes)}.",
            "content": {MEDIA: {"schema": {"$ref": REF.format(name="Problem")}}},
        }
    return found


def _expected(item: Operation) -> list[str]:
    codes = list(COMMON_ERRORS)
    if item.rule.who != PUBLIC:
        codes.append("unauthenticated")
    if item.rule.who == STAFF:
        codes.append("forbidden")
    if "{" in item.path:
        codes.append("not_found")
    if item.idempotent:
        codes += ["idempotency_key_missing", "idempotency_key_reused", "idempotency_in_flight"]
    return codes


def _tidy(schema: dict[str, Any]) -> None:
    """Decimals are told as what they are on the wire; msgspec names an own format. Docstrings lose the indentation that
    Python keeps in them up to 3.12, so that the document is the same under every version."""
    if isinstance(schema.get("description"), str):
        schema["description"] = inspect.cleandoc(schema["description"])
    for value in schema.values():
        if isinstance(value, dict):
            _tidy(value)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _tidy(item)
    if schema.get("format") == "decimal":
        schema["pattern"] = r"^-?\d+(\.\d+)?$"
