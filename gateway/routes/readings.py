"""Sending readings, with the preliminary charge (MT-2, BL-6); meters and their readings (MT-6, MT-11)."""

from __future__ import annotations

from typing import Any

from contracts.errors import CabinetError
from contracts.rpc.metering import IntervalDays, Passport, ReadingVersions
from gateway.composition import MISSING_KINDS
from gateway.models.accounts import Accepted, IntervalQuery, Submission
from gateway.models.meters import ReadingsQuery
from gateway.operations import SIGNED_IN, HttpRequest, operation

# Billing does not know the account, or has no price for it.
PRICELESS = ("account_not_found", "not_found", "tariff_missing")


@operation(
    "POST",
    "/meters/{meter}/readings",
    SIGNED_IN,
    body=Submission,
    answer=Accepted,
    status=201,
    idempotent=True,
    errors=(
        "reading_below_last",
        "reading_above_next",
        "reading_in_future",
        "reading_too_long",
        "reading_too_precise",
        "reading_jump",
        "registers_incomplete",
        "window_closed",
    ),
)
def submit_readings(request: HttpRequest) -> Any:
    """Send readings of every zone of a meter; the answer has the preliminary charge."""
    body = request.body
    accepted = request.service("metering").submit_readings(
        meter=request.path["meter"],
        values={register: str(value) for register, value in body.values.items()},
        taken_at=body.taken_at.isoformat() if body.taken_at else None,
        confirmed=body.confirmed,
    )
    return _with_preliminary(request, accepted)


@operation(
    "POST",
    "/meters/{meter}/readings/unchanged",
    SIGNED_IN,
    answer=Accepted,
    status=201,
    idempotent=True,
    errors=("no_last_readings", "window_closed"),
)
def resubmit_readings(request: HttpRequest) -> Any:
    """Send the last readings of a meter again, unchanged: nothing was used."""
    accepted = request.service("metering").resubmit_readings(meter=request.path["meter"])
    return _with_preliminary(request, accepted)


@operation(
    "POST",
    "/readings/{reading}/confirmation",
    SIGNED_IN,
    answer=Accepted,
    status=201,
    idempotent=True,
    errors=("reading_below_last", "reading_above_next", "registers_incomplete"),
)
def confirm_readings(request: HttpRequest) -> Any:
    """Confirm an unusual reading (``reading_jump`` named it): it counts as of the day on which it was sent."""
    accepted = request.service("metering").confirm_readings(reading=request.path["reading"])
    return _with_preliminary(request, accepted)


def _with_preliminary(request: HttpRequest, accepted: dict[str, Any]) -> dict[str, Any]:
    """With what the reading costs (BL-6)."""
    try:
        preliminary = request.service("billing").preliminary_charge(
            account=accepted["account"],
            resource=accepted["resource"],
            unit=accepted["unit"],
            serial=accepted["serial"],
            period=accepted["period"],
            quantities=[
                {name: value[name] for name in ("zone", "register", "value", "previous", "consumption")}
                for value in accepted["values"]
            ],
        )
    except CabinetError as error:
        # The reading is taken whatever becomes of its price.
        if error.kind not in MISSING_KINDS and error.code not in PRICELESS:
            raise
        return {**accepted, "preliminary": None, "preliminary_missing": error.code}
    return {**accepted, "preliminary": preliminary, "preliminary_missing": None}


@operation("GET", "/meters/{meter}", SIGNED_IN, answer=Passport)
def show_meter(request: HttpRequest) -> Any:
    """A meter's passport; also of one that was replaced, with those before and after it."""
    return request.service("metering").meter(meter=request.path["meter"])


@operation("GET", "/meters/{meter}/readings", SIGNED_IN, query=ReadingsQuery, answer=ReadingVersions)
def meter_readings(request: HttpRequest) -> Any:
    """Every reading of a meter with its source; corrected ones are there, too, and marked."""
    return request.service("metering").meter_readings(
        meter=request.path["meter"],
        cursor=request.query.cursor,
        limit=request.query.limit,
    )


@operation("GET", "/meters/{meter}/intervals", SIGNED_IN, query=IntervalQuery, answer=IntervalDays)
def meter_intervals(request: HttpRequest) -> Any:
    """Interval data of an automated meter by local days."""
    return request.service("metering").interval_days(
        meter=request.path["meter"],
        first_day=request.query.first_day.isoformat(),
        last_day=request.query.last_day.isoformat(),
    )
