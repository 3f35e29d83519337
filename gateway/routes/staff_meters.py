"""What staff do with meters and their readings (MT-1, MT-3, MT-10, MT-11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from contracts.rpc.common import ImportReport
from contracts.rpc.metering import ReadingsReport, Replaced, Taken, Verified
from gateway.models.meters import (
    AnyImportFile,
    ReadingImportFile,
    Replacement,
    StaffSubmission,
    Verification,
)
from gateway.operations import MAX_DEADLINE, HttpRequest, operation, staff

OPERATORS = staff("operator", "administrator")
RULES = (
    "reading_below_last",
    "reading_above_next",
    "reading_too_long",
    "reading_too_precise",
    "registers_incomplete",
)


@operation(
    "POST",
    "/staff/meter-imports",
    OPERATORS,
    body=AnyImportFile,
    answer=ImportReport,
    errors=("unknown_provider",),
    idempotent=True,
    deadline=MAX_DEADLINE,
    costly=True,
)
def import_meters(request: HttpRequest) -> Any:
    """A supplier's file of meters: good lines in, bad ones listed."""
    body = request.body
    return request.service("metering").import_meters(
        provider=body.provider, csv=body.csv, file=body.file, dry_run=body.dry_run
    )


@operation(
    "POST",
    "/staff/reading-imports",
    OPERATORS,
    body=ReadingImportFile,
    answer=ReadingsReport,
    errors=("unknown_provider",),
    idempotent=True,
    deadline=MAX_DEADLINE,
    costly=True,
)
def import_readings(request: HttpRequest) -> Any:
    """A file of readings: good lines in, bad ones listed. The same file again changes nothing."""
    body = request.body
    return request.service("metering").import_readings(
        provider=body.provider, csv=body.csv, file=body.file, dry_run=body.dry_run, period=body.period
    )


@operation(
    "POST",
    "/staff/meters/{meter}/readings",
    OPERATORS,
    body=StaffSubmission,
    answer=Taken,
    status=201,
    idempotent=True,
    errors=(*RULES, "reading_in_future", "reading_jump"),
)
def enter_readings(request: HttpRequest) -> Any:
    """Readings of a meter entered by an operator: from paper, an inspector's, an estimate."""
    body = request.body
    return request.service("metering").enter_readings(
        meter=request.path["meter"],
        values=_texts(body.values),
        taken_at=body.taken_at.isoformat() if body.taken_at else None,
        confirmed=body.confirmed,
        source=body.source,
        period=body.period,
    )


@operation(
    "POST",
    "/staff/meters/{meter}/replacement",
    OPERATORS,
    body=Replacement,
    answer=Replaced,
    status=201,
    idempotent=True,
    errors=(*RULES, "serial_taken", "replacement_date", "resource_unknown"),
)
def replace_meter(request: HttpRequest) -> Any:
    """Put another meter in the place of one; the histories of both stay."""
    given = msgspec.to_builtins(request.body)
    return request.service("metering").replace_meter(meter=request.path["meter"], **given)


@operation(
    "PUT",
    "/staff/meters/{meter}/verification",
    OPERATORS,
    body=Verification,
    answer=Verified,
    errors=("verification_dates",),
)
def note_verification(request: HttpRequest) -> Any:
    """A meter was verified: when, and when it must be again."""
    return request.service("metering").note_verification(
        meter=request.path["meter"], **msgspec.to_builtins(request.body)
    )


def _texts(values: dict[str, Decimal]) -> dict[str, str]:
    return {register: str(value) for register, value in values.items()}
