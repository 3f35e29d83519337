"""Accounts: the supplier's file (BL-1), how bills are delivered, what loyalty says of them."""

from __future__ import annotations

from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.billing import AccountOpened, DeliveryChanged
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.identifiers import account_id
from contracts.rpc import billing as rpc
from services.billing.configuration import BillingTools
from services.billing.domain.account_file import read_file
from services.billing.store import accounts as store

# Each provider's own pattern stands in identity's section; a register only has to be digits or letters here.
NUMBER = r"[0-9A-Za-zА-Яа-яІіЇїЄєҐґ/-]{4,20}"


def import_accounts(
    ctx: RequestContext, tools: BillingTools, request: rpc.ImportAccountsRequest
) -> dict[str, Any]:
    """Report of the register: how many are good, new, and what is wrong with the others."""
    provider = request.provider
    rules = tools.rules.get(provider)
    if rules is None:
        raise CabinetError("unknown_provider")
    good, bad = read_file(
        request.csv, {name: tariff.resource for name, tariff in rules.tariffs.items()}, NUMBER
    )
    report: dict[str, Any] = {
        "lines": len(good) + len(bad),
        "good": len(good),
        "bad": [{"line": item.line, "code": item.code, "column": item.column} for item in bad],
        "dry_run": request.dry_run,
        "added": 0,
    }
    if request.dry_run or not good:
        return report
    rows: dict[str, dict[str, Any]] = {
        account_id(provider, line.number): {
            "id": account_id(provider, line.number),
            "provider": provider,
            "number": line.number,
            "holder": line.holder,
            "address": line.address,
            "house": line.place.house,
            "letter": line.place.letter,
            "flat": line.place.flat,
            "extension": line.place.extension,
            "email": line.email,
            "people": line.people,
            "area": line.area,
            "kind": line.kind,
            "tariffs": line.tariffs,
            "delivery": line.delivery,
            "language": line.language,
            "currency": rules.core.currency,
            "opened_on": line.opened_on,
        }
        for line in good
    }
    added = store.add_accounts(ctx.tx, list(rows.values()))
    for account in added:
        row = rows[account]
        ctx.tx.emit(
            AccountOpened(
                account=account,
                provider=provider,
                at=ctx.now,
                number=row["number"],
                currency=row["currency"],
                delivery=row["delivery"],
            )
        )
    report["added"] = len(added)
    return report


def set_delivery(ctx: RequestContext, account: str, delivery: str) -> dict[str, Any]:
    """E-mail, paper or both (BL-1). Whoever may pay, but sees no more than amounts, does not decide it."""
    access.require(ctx.tx, ctx.subject, [account], access.PAY)
    access.require(ctx.tx, ctx.subject, [account], access.SEE)
    row = store.account(ctx.tx, account)
    if row is None:
        raise CabinetError("account_not_found")
    if row["delivery"] != delivery:
        store.set_delivery(ctx.tx, account, delivery)
        ctx.tx.emit(DeliveryChanged(account=account, provider=row["provider"], at=ctx.now, delivery=delivery))
    return {"account": account, "delivery": delivery}


def keep_standing(ctx: RequestContext, event: PointsAwarded | LevelChanged) -> None:
    """Loyalty told the level and points of an account, which stand on its next bill (LY-1)."""
    store.save_standing(ctx.tx, event.account, event.level, event.points, event.at)
