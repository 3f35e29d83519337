"""What staff do: files of accounts, bill runs, the books (BL-1, BL-4, BL-5)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.billing import AccountsReport, Bill, Books, Run
from contracts.rpc.loyalty import Review
from gateway.models.staff import ImportFile, NewRun, Withdrawal
from gateway.operations import MAX_DEADLINE, HttpRequest, operation, staff

ACCOUNTANTS = staff("accountant", "administrator")
REGISTERS = staff("operator", "accountant", "administrator")


@operation(
    "POST",
    "/staff/account-imports",
    REGISTERS,
    body=ImportFile,
    answer=AccountsReport,
    errors=("unknown_provider",),
    idempotent=True,
    deadline=MAX_DEADLINE,
    costly=True,
)
def import_accounts(request: HttpRequest) -> Any:
    """A supplier's file of accounts: good lines in, bad ones listed."""
    body = request.body
    return request.service("billing").import_accounts(
        provider=body.provider, csv=body.csv, dry_run=body.dry_run
    )


@operation(
    "POST",
    "/staff/bill-runs",
    ACCOUNTANTS,
    body=NewRun,
    answer=Run,
    status=202,
    idempotent=True,
    errors=("period_not_over", "period_closed", "deadline_missing", "run_state", "unknown_provider"),
)
def start_bill_run(request: HttpRequest) -> Any:
    """Bill a provider's month. Starting it again makes bills only for accounts that have none."""
    return request.service("billing").start_bill_run(
        provider=request.body.provider, period=request.body.period
    )


@operation("GET", "/staff/bill-runs/{run}", ACCOUNTANTS, answer=Run)
def show_bill_run(request: HttpRequest) -> Any:
    """Progress of a bill run."""
    return request.service("billing").bill_run(run=request.path["run"])


@operation(
    "POST",
    "/staff/bill-runs/{run}/cancellation",
    ACCOUNTANTS,
    body=Withdrawal,
    answer=Run,
    status=202,
    idempotent=True,
    errors=("not_found", "run_state"),
)
def cancel_bill_run(request: HttpRequest) -> Any:
    """Stop a bill run and take its bills back, account by account; money paid stays as credit. Bills that a later one
    stands on stay. It may be started anew afterwards."""
    return request.service("billing").cancel_bill_run(run=request.path["run"], reason=request.body.reason)


@operation(
    "POST",
    "/staff/bills/{bill}/withdrawal",
    ACCOUNTANTS,
    body=Withdrawal,
    answer=Bill,
    idempotent=True,
    errors=("bill_not_found", "bill_not_in_force", "later_bill"),
)
def withdraw_bill(request: HttpRequest) -> Any:
    """Take one bill back; money paid stays as credit. The run of its period, started again, makes another."""
    return request.service("billing").withdraw_bill(bill=request.path["bill"], reason=request.body.reason)


@operation("GET", "/staff/books", ACCOUNTANTS, answer=Books)
def check_books(request: HttpRequest) -> Any:
    """Totals of the double-entry ledger: zero for every provider and currency."""
    return request.service("billing").books()


@operation(
    "POST",
    "/staff/loyalty-reviews",
    ACCOUNTANTS,
    body=NewRun,
    answer=Review,
    idempotent=True,
    errors=("period_not_over", "period_closed", "unknown_provider"),
    deadline=30.0,
)
def review_loyalty(request: HttpRequest) -> Any:
    """Review levels and points of all members of a provider for the month just ended (LY-3)."""
    return request.service("loyalty").review(provider=request.body.provider, period=request.body.period)
