"""The first page (GW-2): five services at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.composition import gather
from gateway.models.pages import Overview
from gateway.operations import SIGNED_IN, HttpRequest, operation

DEADLINE = 3.0
#: What each service tells of the page.
PARTS = {
    "identity": "accounts",
    "billing": "amounts",
    "metering": "meters",
    "loyalty": "points",
    "notifications": "messages",
}
STANDING = ("points", "level", "rank", "next_level", "points_missing")


@operation("GET", "/overview", SIGNED_IN, answer=Overview)
def overview(request: HttpRequest) -> Any:
    """What is owed, last readings, open windows, points, unread messages. What did not come is named in
    ``missing``."""
    found, missing = gather(
        {
            "identity": request.service("identity", DEADLINE).start("accounts"),
            "billing": request.service("billing", DEADLINE).start("overview"),
            "metering": request.service("metering", DEADLINE).start("overview"),
            "loyalty": request.service("loyalty", DEADLINE).start("overview"),
            "notifications": request.service("notifications", DEADLINE).start("overview"),
        }
    )
    bell = found.get("notifications") or {"unread": None, "latest": None}
    accounts = _merged(found)
    return {
        "accounts": accounts,
        "owed": _owed(accounts) if "billing" in found else None,
        "unread": bell["unread"],
        "latest": bell["latest"],
        "missing": [PARTS[service] for service in missing],
    }


def _owed(accounts: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Debts by currency."""
    owed: dict[str, Decimal] = {}
    for account in accounts:
        if account["balance"] is not None and Decimal(account["balance"]) > 0:
            currency = account["currency"]
            owed[currency] = owed.get(currency, Decimal(0)) + Decimal(account["balance"])
    return owed


def _merged(found: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry an account, in the person's own order, from whatever services answered."""
    by_service = {
        name: {item["account"]: item for item in found[name]["accounts"]}
        for name in ("identity", "billing", "loyalty")
        if name in found
    }
    meters: dict[str, list[Any]] = {}
    for meter in found.get("metering", {}).get("meters", ()):
        meters.setdefault(meter["account"], []).append(meter)
    order = dict.fromkeys(account for items in by_service.values() for account in items)
    order.update(dict.fromkeys(meters))
    merged = []
    for account in order:
        linked = by_service.get("identity", {}).get(account, {})
        bill = by_service.get("billing", {}).get(account, {})
        points = by_service.get("loyalty", {}).get(account)
        merged.append(
            {
                "account": account,
                "provider": linked.get("provider") or bill.get("provider"),
                "number": linked.get("number") or bill.get("number"),
                "name": linked.get("name"),
                "group": linked.get("group"),
                "address": bill.get("address"),
                "balance": bill.get("balance"),
                "currency": bill.get("currency"),
                "delivery": bill.get("delivery"),
                "last_bill": bill.get("last_bill"),
                "meters": meters.get(account, []) if "metering" in found else None,
                "loyalty": {name: points[name] for name in STANDING} if points else None,
            }
        )
    return merged
