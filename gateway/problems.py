"""Problem details (RFC 9457) for every error, with the stable code and the request id."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.errors import CabinetError
from contracts.faults import Fault
from contracts.wording import DEFAULT, problem_title

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


def problem_of(error: CabinetError, request_id: str, language: str = DEFAULT) -> Problem:
    """The answer to an error: its title in the caller's language; a detail, where there is one, in English."""
    detail = error.detail if error.detail != problem_title(DEFAULT, error.code) else ""
    return Problem(
        type=f"urn:cabinet:problem:{error.code}",
        title=problem_title(language, error.code),
        status=error.status,
        code=error.code,
        detail=detail,
        request_id=request_id,
        errors=msgspec.convert(error.fields.get("errors", []), list[Fault]),
        fields={name: value for name, value in error.fields.items() if name != "errors"},
    )
