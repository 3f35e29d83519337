"""Bill runs (BL-4): page by page, each account's bill exactly once, resumed wherever it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.billing import BillIssued
from contracts.identifiers import new_id
from contracts.periods import period_bounds
from contracts.sources import ESTIMATE
from contracts.transitions import NEW
from services.billing.configuration import BillingTools, ProviderRules
from services.billing.domain.bill_numbers import bill_number
from services.billing.domain.billing import AccountFacts, Register, Replaced, charge_account
from services.billing.domain.charges import ChargeLine, Quantity
from services.billing.domain.deadlines import deadlines
from services.billing.domain.ledger import charge_transfers
from services.billing.domain.readings_chain import Reading, consumption_since
from services.billing.domain.run_states import moved
from services.billing.store import accounts as account_store
from services.billing.store import bills, ledger
from services.billing.store import runs as store

log = structlog.get_logger(__name__)

PAGE = 500
#: Notified by a commit that leaves a run with something to do.
RUNS = "bill_runs"


def start(ctx: RequestContext, tools: BillingTools, provider: str, period: str) -> dict[str, Any]:
    """Begin (or take up again) the run of a period that is over. Raises ``unknown_provider``, ``period_not_over``,
    ``deadline_missing``, ``period_closed`` for a period before the last that was billed, ``run_state``."""
    rules = tools.rules.get(provider)
    if rules is None:
        raise CabinetError("unknown_provider")
    if ctx.now < period_bounds(period, rules.core.zone)[1]:
        raise CabinetError("period_not_over", period=period)
    deadlines(rules.deadlines, period)
    known = store.run_of(ctx.tx, provider, period)
    edge = moved(known["state"] if known is not None else NEW, "started")
    if known is None:
        last = store.last_period(ctx.tx, provider)
        if last is not None and period < last:
            raise CabinetError("period_closed", period=period, last=last)
    ctx.tx.notify(RUNS)
    return dict(store.start_run(ctx.tx, new_id(), provider, period, edge.state, ctx.subject.id, ctx.now))


def issue_page(
    ctx: RequestContext,
    rules: ProviderRules,
    run: dict[str, Any],
    page: list[str],
    quantities: list[dict[str, Any]],
) -> int:
    """Bills for a page of accounts from the quantities that metering gave; the number issued."""
    period: str = run["period"]
    balances = ledger.lock_balances(ctx.tx, page)
    openings = bills.last_closings(ctx.tx, page)
    billed = bills.billed_until(ctx.tx, page, period)
    by_account: dict[str, list[Quantity]] = {}
    zones: dict[str, dict[str, list[str]]] = {}
    rows_of: dict[str, list[dict[str, Any]]] = {}
    for row in quantities:
        zones.setdefault(row["account"], {}).setdefault(row["resource"], []).append(row["zone"])
        rows_of.setdefault(row["account"], []).append(row)
        quantity = _quantity(row, billed.get((row["account"], row["serial"], row["register"])))
        if quantity is not None:
            by_account.setdefault(row["account"], []).append(quantity)
    history = bills.actual_history(ctx.tx, page, period)
    estimates: dict[str, list[Any]] = {}
    for line in bills.open_estimates(ctx.tx, page, period):
        estimates.setdefault(line["account"], []).append(line)
    due_on, early_until = deadlines(rules.deadlines, period)
    revisions = bills.revisions(ctx.tx, page, period)
    drafts: dict[str, tuple[Mapping[str, Any], list[ChargeLine], list[tuple[str, int, str]]]] = {}
    for account in account_store.accounts(ctx.tx, page):
        key = account["account"]
        facts = AccountFacts(
            tariffs=[rules.tariffs[name] for name in account["tariffs"] if name in rules.tariffs],
            people=account["people"],
            area=account["area"],
            norms=rules.norms,
            zones=zones.get(key, {}),
            quantities=by_account.get(key, []),
            history=history.get(key, {}),
            open_estimates=[(row["period"], bills.estimate_line(row)) for row in estimates.get(key, [])],
            registers=_registers(rows_of.get(key, [])),
        )
        try:
            if len(facts.tariffs) < len(account["tariffs"]):
                raise CabinetError("tariff_missing")
            lines, replaced = charge_account(facts, period)
        except CabinetError as error:
            # One account that cannot be charged must not hold up all others; a run started again takes it up.
            log.error("account_not_billed", run=run["run"], account=key, code=error.code)
            continue
        # What came in since the last bill, by the ledger and not by the clocks of several processes.
        opening = openings.get(key, Decimal(0))
        charged = sum((line.amount for line in lines), Decimal(0))
        closing = balances[key] + charged
        bill, revision = new_id(), revisions.get(key, 0) + 1
        closed = [
            (row["bill"], row["ordinal"], bill)
            for row in estimates.get(key, [])
            if Replaced(row["resource"], row["period"]) in replaced
        ]
        drafts[key] = (
            {
                "id": bill,
                "run": run["run"],
                "account": key,
                "provider": account["provider"],
                "period": period,
                "revision": revision,
                "number": bill_number(account["number"], period, revision),
                "account_number": account["number"],
                "currency": account["currency"],
                "opening": opening,
                "paid": opening - balances[key],
                "charged": charged,
                "closing": closing,
                "due_on": due_on,
                "early_until": early_until,
                "level": account["level"],
                "points": account["points"],
                "issued_at": ctx.now,
            },
            lines,
            closed,
        )
    issued = bills.add_bills(ctx.tx, [draft[0] for draft in drafts.values()])
    _write(ctx, {key: draft for key, draft in drafts.items() if key in issued})
    total = sum((draft[0]["charged"] for key, draft in drafts.items() if key in issued), Decimal(0))
    if not store.advance_run(ctx.tx, run, page[-1], len(issued), total):
        raise CabinetError("run_overtaken")
    return len(issued)


def _write(ctx: RequestContext, drafts: dict[str, Any]) -> None:
    rows, transfers, closed = [], [], []
    for key, (bill, lines, replaced) in drafts.items():
        closed += replaced
        for ordinal, line in enumerate(lines, start=1):
            rows.append(
                {
                    **vars(line),
                    "bill": bill["id"],
                    "ordinal": ordinal,
                    "account": key,
                    "period": bill["period"],
                }
            )
        transfers += charge_transfers(key, bill["id"], lines, ctx.now)
        ctx.tx.emit(
            BillIssued(
                account=key,
                provider=bill["provider"],
                at=ctx.now,
                bill=bill["id"],
                number=bill["number"],
                account_number=bill["account_number"],
                period=bill["period"],
                currency=bill["currency"],
                charged=bill["charged"],
                to_pay=bill["closing"],
                due_on=bill["due_on"],
                early_until=bill["early_until"],
                revision=bill["revision"],
            )
        )
    bills.add_lines(ctx.tx, rows)
    bills.note_recalculations(ctx.tx, closed)
    ledger.post(ctx.tx, transfers, ctx.now)


def finish(ctx: RequestContext, run: dict[str, Any]) -> None:
    """No account is left without a bill."""
    edge = moved(run["state"], "billed")
    done = store.finish_run(ctx.tx, run, edge.state, ctx.now)
    if done is not None:
        ctx.tx.emit(
            edge.tell(
                run=run["run"],
                provider=done["provider"],
                period=done["period"],
                bills=done["bills"],
                at=ctx.now,
            )
        )


def _registers(rows: list[dict[str, Any]]) -> dict[tuple[str, str], Register]:
    found: dict[tuple[str, str], Register] = {}
    several: set[tuple[str, str]] = set()
    for row in rows:
        key = row["resource"], row["zone"]
        if key in found:
            several.add(key)
        known = row["opening"] is not None
        found[key] = Register(
            row["serial"],
            row["register"],
            Decimal(row["opening"]) if known else None,
            datetime.fromisoformat(row["opening_at"]) if known else None,
        )
    return {key: register for key, register in found.items() if key not in several}


def _estimated_part(row: dict[str, Any]) -> str:
    """What of the quantity nobody has measured: a reading that staff estimated, or intervals in its place."""
    if row["closing_source"] == ESTIMATE:
        return "the closing reading is an estimate"
    estimated = row.get("estimated_intervals")
    if estimated is None:
        return ""
    return f"by intervals, {estimated} of them estimated" if estimated else "by intervals"


def _quantity(row: dict[str, Any], billed: Any) -> Quantity | None:
    """What is to be charged by readings; None without them."""
    if row["consumption"] is None:
        return None
    opening = Reading(Decimal(row["opening"]), datetime.fromisoformat(row["opening_at"]))
    consumption = Decimal(row["consumption"])
    rule, since = _estimated_part(row), row["opening_period"]
    if billed is not None and (billed["value"], billed["at"]) != (opening.value, opening.at):
        if billed["value"] != opening.value:
            rule = "; ".join(filter(None, (f"from {billed['value']}, charged up to there before", rule)))
        before = Reading(billed["value"], billed["at"])
        since_then = consumption_since(before, opening, consumption, Decimal(row["ratio"]), row["digits"])
        if since_then is None:
            return None
        consumption = since_then
        opening, since = before, billed["period"]
    return Quantity(
        resource=row["resource"],
        unit=row["unit"],
        zone=row["zone"],
        consumption=consumption,
        serial=row["serial"],
        register=row["register"],
        opening=opening.value,
        opening_at=opening.at,
        closing=Decimal(row["closing"]),
        closing_at=datetime.fromisoformat(row["closing_at"]),
        source=row["closing_source"],
        rule=rule,
        since=since,
    )
