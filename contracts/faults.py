"""What is wrong with a request, by field: a pointer, a stable code, words for a developer."""

from __future__ import annotations

import msgspec

from contracts.errors import CabinetError


class Fault(msgspec.Struct, frozen=True):
    """One fault of a request.

    ``pointer`` is a JSON Pointer (RFC 6901) into the request, empty for the request as a whole: ``/parts/0/amount``.
    ``code`` is one of ``CODES`` or of the rule that the field breaks; ``detail`` says it in English and may change.
    """

    pointer: str
    code: str
    detail: str


#: Codes of faults that the declared type of a field tells.
CODES = (
    "required",
    "unknown_field",
    "invalid_type",
    "invalid_format",
    "not_allowed",
    "out_of_range",
    "too_long",
    "too_short",
    "invalid",
)


def validation_failed(*faults: Fault) -> CabinetError:
    """The error of a request with these faults, for the bus and for HTTP."""
    return CabinetError("validation_failed", errors=[msgspec.to_builtins(fault) for fault in faults])


def fault(field: str, code: str, detail: str) -> CabinetError:
    """The error of a request in which one top-level field breaks a rule."""
    return validation_failed(Fault(f"/{field}", code, detail))
