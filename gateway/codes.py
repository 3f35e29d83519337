"""Which error codes an operation may answer with: its own, and those that its rule and its form bring with them."""

from __future__ import annotations

import functools
from typing import Final

from gateway.operations import PUBLIC, STAFF, Operation

#: Any operation may answer with these.
COMMON: Final = (
    "validation_failed",
    "malformed_request",
    "uri_too_long",
    "too_many_requests",
    "service_unavailable",
    "too_many_calls",
    "deadline_exceeded",
    "internal_error",
)


@functools.cache
def codes_of(item: Operation) -> tuple[str, ...]:
    """In the order: its own, then the common ones."""
    codes = [*item.errors, *COMMON]
    if item.rule.who != PUBLIC:
        codes += ["unauthenticated", "session_ended"]
    if item.rule.who == STAFF:
        codes.append("forbidden")
    if item.query is not None and "cursor" in item.query.__struct_fields__:
        codes.append("cursor_wrong")
    if item.body is not None:
        codes += ["body_too_large", "media_type_unsupported", "request_timeout"]
    if "{" in item.path:
        codes.append("not_found")
    if item.idempotent:
        codes += ["idempotency_key_missing", "idempotency_key_reused", "idempotency_in_flight"]
    return tuple(dict.fromkeys(codes))
