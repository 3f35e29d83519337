"""Readings without signing in (MT-5), and what staff decide about those that do not pass by themselves."""

from __future__ import annotations

from typing import Any

from contracts.rpc.metering import Decided, GuestQueue, GuestReceived
from gateway.models.meters import Decision, GuestQuery, GuestReadings
from gateway.operations import ANYONE, HttpRequest, operation, staff

OPERATORS = staff("operator", "administrator")


@operation(
    "POST",
    "/guest/readings",
    ANYONE,
    body=GuestReadings,
    answer=GuestReceived,
    status=202,
    idempotent=True,
    errors=("unknown_provider", "too_many_requests"),
)
def send_guest_readings(request: HttpRequest) -> Any:
    """Send readings without signing in. Whether they were taken is not told; the bill shows it."""
    body = request.body
    return request.service("metering").guest_readings(
        provider=body.provider,
        number=body.number,
        serial=body.serial,
        resource=body.resource,
        house=body.house,
        letter=body.letter,
        flat=body.flat,
        extension=body.extension,
        values={register: str(value) for register, value in body.values.items()},
    )


@operation("GET", "/staff/guest-readings", OPERATORS, query=GuestQuery, answer=GuestQueue)
def guest_queue(request: HttpRequest) -> Any:
    """Readings without signing in that did not pass by themselves, oldest first."""
    query = request.query
    return request.service("metering").guest_queue(
        provider=query.provider, cursor=query.cursor, limit=query.limit
    )


@operation(
    "POST",
    "/staff/guest-readings/{reading}/decision",
    OPERATORS,
    body=Decision,
    answer=Decided,
    idempotent=True,
    errors=(
        "already_decided",
        "proof_wrong",
        "reading_below_last",
        "reading_above_next",
        "reading_too_long",
        "reading_too_precise",
        "registers_incomplete",
        "window_closed",
    ),
)
def decide_guest_reading(request: HttpRequest) -> Any:
    """Take a queued reading or reject it."""
    body = request.body
    return request.service("metering").decide_guest_reading(
        reading=request.path["reading"], accept=body.accept, meter=body.meter, note=body.note
    )
