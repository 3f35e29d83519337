"""Alerts on use: flow that never stops, a sudden change, nothing at all (MT-13)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.metering import UsageAlerts
from gateway.models.checking import AlertQuery
from gateway.operations import SIGNED_IN, HttpRequest, operation


@operation("GET", "/alerts", SIGNED_IN, query=AlertQuery, answer=UsageAlerts)
def usage_alerts(request: HttpRequest) -> Any:
    """Alerts on use of all the person's accounts."""
    return request.service("metering").usage_alerts(
        cleared=request.query.cleared, limit=request.query.limit, cursor=request.query.cursor
    )


@operation("GET", "/accounts/{account}/alerts", SIGNED_IN, query=AlertQuery, answer=UsageAlerts)
def account_alerts(request: HttpRequest) -> Any:
    """Alerts on use of an account."""
    return request.service("metering").usage_alerts(
        account=request.path["account"],
        cleared=request.query.cleared,
        limit=request.query.limit,
        cursor=request.query.cursor,
    )
