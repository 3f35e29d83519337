"""Billing's questions."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from chassis.offload import offload
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.rpc import billing as rpc
from services.billing.adapters.bill_texts import bill_document
from services.billing.adapters.documents import render_bill
from services.billing.configuration import BillingTools
from services.billing.domain.addresses import NOWHERE, Place, same_place
from services.billing.domain.billing import covered_estimates
from services.billing.domain.charges import ChargeLine, Quantity, charge, storno
from services.billing.domain.tariffs import Tariff
from services.billing.store import accounts as account_store
from services.billing.store import bills, ledger, proofs
from services.billing.store import personal_data as held
from services.billing.store import runs as run_store


def overview(ctx: RequestContext) -> dict[str, Any]:
    """What is owed, by account, with the last bill (GW-2, PY-1: a debt is positive). Of accounts whose amounts alone
    the person may see, nothing else is told (ID-6)."""
    owed = access.visible_accounts(ctx.tx, ctx.subject, access.AMOUNTS)
    if not owed:
        return {"accounts": []}
    visible = access.visible_accounts(ctx.tx, ctx.subject)
    last = bills.last_bills(ctx.tx, visible) if visible else {}
    seen = set(visible)
    return {
        "accounts": [
            {
                "account": row["account"],
                "provider": row["provider"],
                "number": row["number"],
                "address": row["address"] if row["account"] in seen else None,
                "balance": row["balance"],
                "currency": row["currency"],
                "delivery": row["delivery"] if row["account"] in seen else None,
                "last_bill": _short(last[row["account"]]) if row["account"] in last else None,
            }
            for row in account_store.accounts(ctx.tx, owed)
        ]
    }


def account(ctx: RequestContext, account_id: str) -> dict[str, Any]:
    """One account with holder, address, tariffs and balance."""
    access.require(ctx.tx, ctx.subject, [account_id], access.SEE)
    row = account_store.account(ctx.tx, account_id)
    if row is None:
        raise CabinetError("account_not_found")
    return dict(row)


def payable(ctx: RequestContext, accounts: list[str]) -> dict[str, Any]:
    """Provider, currency and balance of accounts that the person may pay for."""
    access.require(ctx.tx, ctx.subject, accounts, access.PAY)
    rows = account_store.accounts(ctx.tx, accounts)
    if len(rows) != len(set(accounts)):
        raise CabinetError("account_not_found")
    names = ("account", "provider", "number", "currency", "balance")
    return {"accounts": [{name: row[name] for name in names} for row in rows]}


def history(ctx: RequestContext, request: rpc.MoneyHistoryRequest) -> dict[str, Any]:
    """Bills, newest first (GW-3)."""
    accounts = [str(item) for item in request.accounts or ()]
    if accounts:
        access.require(ctx.tx, ctx.subject, accounts, access.SEE)
    else:
        accounts = access.visible_accounts(ctx.tx, ctx.subject)
    rows = bills.history(ctx.tx, accounts, request) if accounts else []
    return {"bills": [_short(row) for row in rows]}


def bill(ctx: RequestContext, bill_id: str) -> dict[str, Any]:
    """A bill with every line's formula, inputs, rule and source (BL-12)."""
    found = bills.bill(ctx.tx, bill_id)
    if found is None:
        raise CabinetError("bill_not_found")
    try:
        access.require(ctx.tx, ctx.subject, [found["account"]], access.SEE)
    except access.AccessUnknownError as error:
        # Identity is asked all the same: the error stays what it is but for its words.
        raise error.as_missing("bill_not_found") from None
    return {**_short(found), "lines": [_line(row) for row in bills.lines(ctx.tx, bill_id)]}


def bill_pdf(ctx: RequestContext, tools: BillingTools, bill_id: str, language: str | None) -> dict[str, str]:
    """A bill as PDF (BL-7), base64, in the account's language unless another is asked for."""
    shown = bill(ctx, bill_id)
    account = account_store.account(ctx.tx, shown["account"])
    assert account is not None
    document = bill_document(
        tools.rules[shown["provider"]],
        account,
        shown,
        bills.lines(ctx.tx, shown["bill"]),
        language or account["language"],
    )
    pdf = offload(render_bill, document)
    return {"name": f"{shown['number']}.pdf", "content": base64.b64encode(pdf).decode()}


def statement(
    ctx: RequestContext, tools: BillingTools, account_id: str, first: date, last: date
) -> dict[str, Any]:
    """All movements between two days (BL-5), and the balance before and after each."""
    access.require(ctx.tx, ctx.subject, [account_id], access.SEE)
    row = account_store.account(ctx.tx, account_id)
    if row is None:
        raise CabinetError("account_not_found")
    zone = tools.rules[row["provider"]].core.zone
    begin = datetime.combine(first, time(), zone).astimezone(UTC)
    after = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    opening, rows = ledger.statement(ctx.tx, account_id, begin, after)
    balance = opening
    movements = []
    for item in rows:
        balance += item["amount"]
        movements.append({**item, "balance": balance})
    return {
        "account": account_id,
        "currency": row["currency"],
        "first_day": first,
        "last_day": last,
        "opening": opening,
        "closing": balance,
        "movements": movements,
    }


def preliminary(ctx: RequestContext, tools: BillingTools, request: rpc.PreliminaryRequest) -> dict[str, Any]:
    """What the reading just sent costs, and what there would be to pay with it (BL-6). Raises ``tariff_missing``."""
    account_id = str(request.account)
    access.require(ctx.tx, ctx.subject, [account_id], access.SEE)
    row = account_store.account(ctx.tx, account_id)
    if row is None:
        raise CabinetError("account_not_found")
    quantities = _since_the_last_bill(ctx, account_id, request)
    tariffs = _tariffs(tools, row, request.resource)
    lines = [line for tariff in tariffs for line in charge(tariff, request.period, quantities)]
    if quantities:
        # As the bill will do it: what was estimated meanwhile is in the reading, and must not be paid twice.
        estimates = [
            (one["period"], bills.estimate_line(one))
            for one in bills.open_estimates(ctx.tx, [account_id], request.period)
        ]
        lines = [storno(line, p) for p, line in covered_estimates(estimates, quantities)] + lines
    complete = len(quantities) == len(request.quantities)
    total = sum((line.amount for line in lines), Decimal(0))
    return {
        "account": account_id,
        "period": request.period,
        "currency": row["currency"],
        "lines": [_charge_line(line) for line in lines],
        "total": total,
        "balance": row["balance"],
        "to_pay": row["balance"] + total,
        "complete": complete,
    }


def _since_the_last_bill(
    ctx: RequestContext, account_id: str, request: rpc.PreliminaryRequest
) -> list[Quantity]:
    """What registers counted since what was billed; those that nothing can be said of are left out."""
    billed = bills.billed_until(ctx.tx, [account_id], request.period)
    quantities = []
    for item in request.quantities:
        used, previous = item.consumption, item.previous
        if used is None or previous is None:
            continue
        before = billed.get((account_id, request.serial, item.register))
        opening = previous
        if before is not None and before["value"] < previous < item.value:
            # A reading came between, and no bill with it.
            used += (previous - before["value"]) * used / (item.value - previous)
            opening = before["value"]
        quantities.append(
            Quantity(
                request.resource,
                request.unit,
                item.zone,
                used,
                serial=request.serial,
                register=item.register,
                opening=opening,
                closing=item.value,
                since=before["period"] if before is not None else request.period,
            )
        )
    return quantities


def _tariffs(tools: BillingTools, account: Any, resource: str) -> list[Tariff]:
    """Those of the account for a resource. Raises ``tariff_missing`` where the profile lacks one of its tariffs."""
    rules = tools.rules[account["provider"]]
    for name in account["tariffs"]:
        if name not in rules.tariffs:
            raise CabinetError("tariff_missing", tariff=name)
    return [rules.tariffs[name] for name in account["tariffs"] if rules.tariffs[name].resource == resource]


def run(ctx: RequestContext, run_id: str) -> dict[str, Any]:
    """The progress of a bill run (BL-4)."""
    found = run_store.run(ctx.tx, run_id)
    if found is None:
        raise CabinetError("not_found")
    return dict(found)


def books(ctx: RequestContext) -> dict[str, Any]:
    """Totals of the ledger by provider and currency: zero each (an accountant's check)."""
    return {"totals": [dict(row) for row in ledger.totals(ctx.tx)]}


def check_payment_proof(ctx: RequestContext, request: rpc.PaymentProofRequest) -> dict[str, Any]:
    """``matches``: is it the amount of the account's last payment that the asker did not make (ID-6)? The same work
    where there is no account."""
    ctx.subject.require_service()
    asker = None if request.person is None else str(request.person)
    last = proofs.last_payment(ctx.tx, account_id(request.provider, request.number), asker)
    return {"matches": last is not None and last == request.amount}


def check_address_proof(ctx: RequestContext, provider: str, number: str, asked: Place) -> dict[str, Any]:
    """``matches``: is it the account's house and flat (ID-6)? The same work where there is no account."""
    ctx.subject.require_service()
    known = proofs.place(ctx.tx, account_id(provider, number))
    return {"matches": same_place(asked, Place(**known) if known is not None else NOWHERE)}


def contact_on_file(ctx: RequestContext, account: str) -> dict[str, Any]:
    """``email``: the address that the supplier has of the account, or None."""
    ctx.subject.require_service()
    return {"email": proofs.email(ctx.tx, account)}


def _short(row: Any) -> dict[str, Any]:
    return dict(row)


def _line(row: Any) -> dict[str, Any]:
    formula = f"{row['consumption'].normalize():f} {row['unit']} x {row['price'].normalize():f}"
    return {**row, "formula": formula}


def _charge_line(line: ChargeLine) -> dict[str, Any]:
    return {
        "resource": line.resource,
        "component": line.component,
        "zone": line.zone,
        "unit": line.unit,
        "opening": line.opening,
        "closing": line.closing,
        "consumption": line.consumption,
        "price": line.price,
        "amount": line.amount,
        "vat": line.vat,
        "rule": line.rule,
        "formula": f"{line.consumption.normalize():f} {line.unit} x {line.price.normalize():f}",
    }


def personal_data(ctx: RequestContext, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    ctx.subject.require_service()
    return dict(held.personal_data(ctx.tx, person))
