"""Problem details (RFC 9457) for every error, with the stable code and the request id."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.errors import CATALOGUE, CabinetError
from contracts.faults import Fault

MEDIA = "application/problem+json"


class Problem(msgspec.Struct, omit_defaults=True):
    """The body of every error answer."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    request_id: str = ""
    #: Every fault of a request that is not valid, by field.
    errors: list[Fault] = []
    fields: dict[str, Any] = {}


def problem_of(error: CabinetError, request_id: str) -> Problem:
    """The answer to an error."""
    title = CATALOGUE.get(error.code, ("", CATALOGUE["internal_error"][1]))[1]
    return Problem(
        type=f"urn:cabinet:problem:{error.code}",
        title=title,
        status=error.status,
        code=error.code,
        detail=error.detail if error.detail != title else "",
        request_id=request_id,
        errors=msgspec.convert(error.fields.get("errors", []), list[Fault]),
        fields={name: value for name, value in error.fields.items() if name != "errors"},
    )
