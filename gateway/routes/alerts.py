"""Alerts on use: flow that never stops, a sudden change, nothing at all (MT-13)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.metering import UsageAlerts
from gateway.models.checking import AlertQuery
from gateway.operations import SIGNED_IN, HttpCall, operation


@operation("GET", "/alerts", SIGNED_IN, query=AlertQuery, answer=UsageAlerts)
def usage_alerts(call: HttpCall) -> Any:
    """Alerts on use of all the person's accounts."""
    return call.service("metering").usage_alerts(
        cleared=call.query.cleared, limit=call.query.limit, cursor=call.query.cursor
    )


@operation("GET", "/accounts/{account}/alerts", SIGNED_IN, query=AlertQuery, answer=UsageAlerts)
def account_alerts(call: HttpCall) -> Any:
    """Alerts on use of an account."""
    return call.service("metering").usage_alerts(
        account=call.path["account"],
        cleared=call.query.cleared,
        limit=call.query.limit,
        cursor=call.query.cursor,
    )
