"""What staff see and do of interval data: what validation found, days with their versions, edits (MT-9)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.metering import CheckedDay, EditedDay, Findings, RegisterFinding, RegisterFindings
from gateway.models.checking import FindingQuery, IntervalEdit, RegisterDecision, RegisterFindingQuery
from gateway.operations import HttpRequest, operation, staff

OPERATORS = staff("operator", "administrator")
DAY = "/staff/meters/{meter}/intervals/{channel}/{day}"


@operation("GET", "/staff/interval-findings", OPERATORS, query=FindingQuery, answer=Findings)
def interval_findings(request: HttpRequest) -> Any:
    """What validation found of a supplier's interval data, newest first."""
    query = request.query
    return request.service("metering").interval_findings(
        provider=query.provider,
        rule=query.rule,
        meter=query.meter,
        serial=query.serial,
        first_day=query.first_day.isoformat() if query.first_day else None,
        last_day=query.last_day.isoformat() if query.last_day else None,
        cursor=query.cursor,
        limit=query.limit,
    )


@operation("GET", "/staff/register-findings", OPERATORS, query=RegisterFindingQuery, answer=RegisterFindings)
def register_findings(request: HttpRequest) -> Any:
    """Register readings of automated meters that did not pass, newest first."""
    query = request.query
    return request.service("metering").register_findings(
        provider=query.provider,
        decided=query.decided,
        serial=query.serial,
        cursor=query.cursor,
        limit=query.limit,
    )


@operation(
    "POST",
    "/staff/register-findings/{finding}/decision",
    OPERATORS,
    body=RegisterDecision,
    answer=RegisterFinding,
    idempotent=True,
    errors=("not_found", "already_decided", "reading_too_long", "reading_too_precise"),
)
def decide_register_reading(request: HttpRequest) -> Any:
    """Release a withheld register reading, or replace it by another value, with the reason."""
    body = request.body
    return request.service("metering").decide_register_reading(
        finding=request.path["finding"],
        decision=body.decision,
        value=None if body.value is None else str(body.value),
        reason=body.reason,
    )


@operation("GET", DAY, OPERATORS, answer=CheckedDay)
def checked_day(request: HttpRequest) -> Any:
    """A day of a channel: every version, what was found, every edit."""
    return request.service("metering").checked_day(**_of_path(request))


@operation(
    "POST",
    f"{DAY}/edits",
    OPERATORS,
    body=IntervalEdit,
    answer=EditedDay,
    status=201,
    idempotent=True,
    errors=("interval_day_changed",),
)
def edit_intervals(request: HttpRequest) -> Any:
    """Lay values over a day, with the reason; the old version is kept."""
    body = request.body
    return request.service("metering").edit_intervals(
        **_of_path(request),
        version=body.version,
        values={str(slot): amount for slot, amount in body.values.items()},
        reason=body.reason,
    )


def _of_path(request: HttpRequest) -> dict[str, str]:
    return {name: request.path[name] for name in ("meter", "channel", "day")}
