"""OpenAPI 3.1, made from the declared operations and the structs of their bodies and answers."""

from __future__ import annotations

from typing import Any, Final

from contracts.schemas import Schemas
from contracts.wording import LANGUAGES
from gateway.openapi_operations import REF, Operations
from gateway.openapi_problems import Problems
from gateway.operations import OPERATIONS, Nothing, Operation
from gateway.problems import Problem

VERSION = "0.1.0"
#: Of each area of operations.
TAGS: Final = {
    "accounts": "Linked contract accounts, how bills come, statements.",
    "alerts": "Alerts on use.",
    "appeals": "Writing to the supplier, and questions with answers.",
    "bills": "Bills, explained line by line and as PDF.",
    "consumption": "What was used, as figures and as files.",
    "grants": "Letting others use an account.",
    "groups": "Groups of accounts.",
    "guests": "Readings without signing in.",
    "history": "Readings, bills and payments in one stream.",
    "links": "Documents without a header.",
    "meta": "This document, and the codes of its problems.",
    "notifications": "The bell, and what is sent out besides.",
    "organisations": "Organisations, their members and accounts.",
    "overview": "The first page.",
    "payments": "Payments and fiscal receipts.",
    "profile": "One's own profile, contacts, consents and data.",
    "readings": "Sending readings, meters and their readings.",
    "recovery": "Recovering a password.",
    "registration": "Registering.",
    "sessions": "Signing in and out, the second factor.",
    "staff": "For staff: files of accounts, bill runs, the books.",
    "staff_audit": "For administrators: the audit log.",
    "staff_intervals": "For operators: what validation found, and decisions.",
    "staff_meters": "For operators: meters and registers.",
    "staff_people": "For administrators: members of staff.",
}
DESCRIPTION: Final = """
Readings, bills, payments and loyalty of a utility's customers.

- Errors are problem details (RFC 9457) with a stable `code`; every operation says which ones it gives. Faults of a
  request come all at once, by field.
- Decimals are texts; a debt is positive. Moments have their offset from UTC, days and months are the supplier's own.
- Names and titles come in ru, uk or en, by `Accept-Language`.
- Enumerations may grow in answers: take a value that is not known as such. Fields may be added to answers.
- Lists come in pages: ask again with `next` as `cursor`.
- What moves money or counts as a reading takes an `Idempotency-Key`: the same key with the same request gives the same
  answer, for at least 24 hours.
""".strip()

HEADERS: Final = {
    "RequestId": {
        "description": "The id of the request: the caller's own `X-Request-Id`, or a new one.",
        "schema": {"type": "string", "pattern": "^[0-9A-Za-z._-]{8,64}$"},
    },
    "ETag": {
        "description": "Changes with the answer; send it as `If-None-Match` to be told that nothing has changed.",
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the next try; left out where nobody knows.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Disposition": {
        "description": "The name to save the file under (RFC 6266).",
        "schema": {"type": "string"},
    },
    "ContentLanguage": {
        "description": "Of the title: the best of ru, uk, en by the request's `Accept-Language`.",
        "schema": {"type": "string", "enum": list(LANGUAGES)},
    },
    "Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}},
}


def build() -> dict[str, Any]:
    """The document."""
    operations = sorted(OPERATIONS, key=lambda item: (item.path, item.method))
    schemas = Schemas([*_types(operations), Problem], REF)
    problems = Problems(operations)
    written = Operations(schemas, problems)
    paths: dict[str, Any] = {}
    for item in operations:
        paths.setdefault(f"/api/v1{item.path}", {})[item.method.lower()] = written.operation(item)
    tags = sorted({item.tag for item in operations})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customer cabinet",
            "version": VERSION,
            "description": DESCRIPTION,
            "contact": {"name": "Customer cabinet", "email": "developers@cabinet.example"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": TAGS[tag]} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": dict(sorted((schemas.components | problems.schemas).items())),
            "headers": HEADERS,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a session.",
                }
            },
        },
    }


def _types(operations: list[Operation]) -> list[Any]:
    """Bodies and answers, each once. Titled unions are types, too."""
    found: dict[Any, None] = {}
    for item in operations:
        for kind in (item.body, item.answer):
            if kind is not None and kind is not Nothing:
                found[kind] = None
    return list(found)
