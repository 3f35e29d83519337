"""Accounts: the supplier's file (BL-1), how bills are delivered, what loyalty says of them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.billing import AccountOpened, DeliveryChanged
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.identifiers import account_id
from contracts.rpc import billing as rpc
from services.billing.configuration import BillingTools, ProviderRules
from services.billing.domain.account_file import PLACE, AccountLine, read_file
from services.billing.domain.ledger import opening_transfers
from services.billing.store import accounts as store
from services.billing.store import ledger, proofs

# Each provider's own pattern stands in identity's section; a file only has to have digits or letters here.
NUMBER = r"[0-9A-Za-zА-Яа-яІіЇїЄєҐґ/-]{4,20}"


def import_accounts(
    ctx: RequestContext, tools: BillingTools, request: rpc.ImportAccountsRequest
) -> dict[str, Any]:
    """Report of the file: how many lines are good, how many accounts new or changed, what is wrong with the others."""
    provider = request.provider
    rules = tools.rules.get(provider)
    if rules is None:
        raise CabinetError("unknown_provider")
    zone = rules.core.zone
    tariffs = {name: tariff.resource for name, tariff in rules.tariffs.items()}
    good, bad = read_file(request.csv, tariffs, NUMBER, ctx.now.astimezone(zone).date())
    report: dict[str, Any] = {
        "lines": len(good) + len(bad),
        "good": len(good),
        "bad": [{"line": item.line, "code": item.code, "column": item.column} for item in bad],
        "dry_run": request.dry_run,
        "added": 0,
        "updated": 0,
    }
    if request.dry_run or not good:
        return report
    lines = {account_id(provider, line.number): line for line in good}
    added = set(store.add_accounts(ctx.tx, [_row(rules, id_, line) for id_, line in lines.items()]))
    known = [_changes(id_, line) for id_, line in lines.items() if id_ not in added]
    report["added"], report["updated"] = len(added), store.update_accounts(ctx.tx, known) if known else 0
    opened = [
        transfer for id_ in sorted(added) for transfer in opening_transfers(id_, lines[id_].balance, ctx.now)
    ]
    ledger.post(ctx.tx, opened, ctx.now)
    proofs.keep_payments(
        ctx.tx,
        [
            {
                "account": id_,
                "payer": proofs.SUPPLIER,
                "paid_at": datetime.combine(line.paid_on, time(), zone),
                "amount": line.paid,
            }
            for id_, line in lines.items()
            if line.paid_on is not None
        ],
    )
    for id_ in sorted(added):
        ctx.tx.emit(
            AccountOpened(
                account=id_,
                provider=provider,
                at=ctx.now,
                number=lines[id_].number,
                currency=rules.core.currency,
                delivery=lines[id_].delivery,
            )
        )
    return report


def _row(rules: ProviderRules, id_: str, line: AccountLine) -> dict[str, Any]:
    """Of an account that may be new."""
    return {
        "id": id_,
        "provider": rules.core.id,
        "number": line.number,
        "holder": line.holder,
        "address": line.address,
        **{part: getattr(line.place, part) for part in PLACE},
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


def _changes(id_: str, line: AccountLine) -> dict[str, Any]:
    """Of one that is there: None for what the file says nothing of. How bills come, and in which language, is the
    customer's choice by then."""

    def told(column: str, value: Any) -> Any:
        return value if column in line.given else None

    return {
        "id": id_,
        "holder": told("holder", line.holder),
        "address": told("address", line.address),
        **{part: told(part, getattr(line.place, part)) for part in PLACE},
        "email": told("email", line.email),
        "people": told("people", line.people),
        "area": told("area", line.area),
        "tariffs": told("tariffs", line.tariffs),
    }


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
