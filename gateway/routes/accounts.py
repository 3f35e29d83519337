"""Linked accounts (ID-6, ID-7), how bills come (BL-1), loyalty (LY-1)."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.rpc.billing import DeliveryChosen, Statement
from contracts.rpc.identity.accounts import (
    AccountChanged,
    ConfirmationSent,
    Confirmed,
    Linked,
    LinkedAccounts,
)
from contracts.rpc.identity.base import Unlinked
from contracts.rpc.loyalty import Standing
from contracts.rpc.metering import Meters
from gateway.models.accounts import (
    AccountChange,
    ConfirmationCode,
    DeliveryChoice,
    NewConfirmation,
    NewLink,
    PassportChecked,
)
from gateway.models.bills import StatementQuery
from gateway.operations import SIGNED_IN, HttpRequest, operation, staff

#: What may be wrong with an account and its proof.
LINKING_ERRORS = (
    "proof_wrong",
    "proof_incomplete",
    "account_number_format",
    "already_linked",
    "unknown_provider",
    "too_many_requests",
    "linking_paused",
)


@operation("GET", "/accounts", SIGNED_IN, answer=LinkedAccounts)
def list_accounts(request: HttpRequest) -> Any:
    """The person's accounts with groups and own names."""
    return request.service("identity").accounts()


@operation(
    "POST",
    "/accounts",
    SIGNED_IN,
    body=NewLink,
    answer=Linked,
    status=201,
    errors=(*LINKING_ERRORS, "limit_reached"),
)
def link_account(request: HttpRequest) -> Any:
    """Link an account of a supplier with the supplier's proof. A number of another form is told apart from a wrong
    proof: ``hint`` is too_short, too_long, letters, check_digit or form."""
    return request.service("identity").link_account(**msgspec.to_builtins(request.body))


@operation(
    "PATCH",
    "/accounts/{account}",
    SIGNED_IN,
    body=AccountChange,
    answer=AccountChanged,
)
def change_account(request: HttpRequest) -> Any:
    """Give an account a name of one's own, or move it to another group."""
    return request.service("identity").change_account(
        account=request.path["account"], name=request.body.name, group=request.body.group
    )


@operation(
    "POST",
    "/accounts/{account}/confirmation",
    SIGNED_IN,
    body=NewConfirmation,
    answer=ConfirmationSent,
    status=202,
    errors=("already_confirmed", "contact_missing", "too_many_requests", "forbidden"),
)
def send_account_confirmation(request: HttpRequest) -> Any:
    """Have a code sent to the e-mail address that the supplier has on file, to open a limited account in full."""
    return request.service("identity").send_account_confirmation(
        account=request.path["account"], organisation=request.body.organisation
    )


@operation(
    "POST",
    "/accounts/{account}/confirmation/code",
    SIGNED_IN,
    body=ConfirmationCode,
    answer=Confirmed,
    errors=("code_wrong", "already_confirmed", "too_many_requests", "forbidden"),
)
def confirm_account(request: HttpRequest) -> Any:
    """Open it with that code."""
    return request.service("identity").confirm_account(
        account=request.path["account"], organisation=request.body.organisation, code=request.body.code
    )


@operation(
    "POST",
    "/staff/accounts/{account}/confirmation",
    staff("operator", "administrator"),
    body=PassportChecked,
    answer=Confirmed,
    errors=("already_confirmed", "invalid_phone"),
)
def confirm_account_by_passport(request: HttpRequest) -> Any:
    """Open a limited account after the person's passport was checked, where the supplier has no contact on file."""
    return request.service("identity").confirm_account_by_passport(
        account=request.path["account"], login=request.body.login
    )


@operation("DELETE", "/accounts/{account}", SIGNED_IN, answer=Unlinked)
def unlink_account(request: HttpRequest) -> Any:
    """Take an account out of the cabinet. Access that others were given from it ends, too."""
    return request.service("identity").unlink_account(account=request.path["account"])


@operation("GET", "/accounts/{account}/meters", SIGNED_IN, answer=Meters)
def account_meters(request: HttpRequest) -> Any:
    """Meters of an account with their last readings."""
    return request.service("metering").account_meters(account=request.path["account"])


@operation("GET", "/accounts/{account}/statement", SIGNED_IN, query=StatementQuery, answer=Statement)
def account_statement(request: HttpRequest) -> Any:
    """All movements of an account between two days."""
    return request.service("billing").statement(
        account=request.path["account"],
        first_day=request.query.first_day.isoformat(),
        last_day=request.query.last_day.isoformat(),
    )


@operation("PUT", "/accounts/{account}/delivery", SIGNED_IN, body=DeliveryChoice, answer=DeliveryChosen)
def choose_delivery(request: HttpRequest) -> Any:
    """How bills of the account come: by e-mail, on paper, or both."""
    return request.service("billing").set_delivery(
        account=request.path["account"], delivery=request.body.delivery
    )


@operation("GET", "/accounts/{account}/loyalty", SIGNED_IN, answer=Standing)
def account_loyalty(request: HttpRequest) -> Any:
    """Points and level of an account, criterion by criterion."""
    return request.service("loyalty").standing(account=request.path["account"])
