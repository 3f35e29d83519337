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
from gateway.operations import SIGNED_IN, HttpCall, operation, staff

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
def list_accounts(call: HttpCall) -> Any:
    """The person's accounts with groups and own names."""
    return call.service("identity").accounts()


@operation(
    "POST",
    "/accounts",
    SIGNED_IN,
    body=NewLink,
    answer=Linked,
    status=201,
    errors=(*LINKING_ERRORS, "limit_reached"),
)
def link_account(call: HttpCall) -> Any:
    """Link an account of a supplier with the supplier's proof. A number of another form is told apart from a wrong
    proof: ``hint`` is too_short, too_long, letters, check_digit or form."""
    return call.service("identity").link_account(**msgspec.to_builtins(call.body))


@operation(
    "PATCH",
    "/accounts/{account}",
    SIGNED_IN,
    body=AccountChange,
    answer=AccountChanged,
)
def change_account(call: HttpCall) -> Any:
    """Give an account a name of one's own, or move it to another group."""
    return call.service("identity").change_account(
        account=call.path["account"], name=call.body.name, group=call.body.group
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
def send_account_confirmation(call: HttpCall) -> Any:
    """Have a code sent to the e-mail address that the supplier has on file, to open a limited account in full."""
    return call.service("identity").send_account_confirmation(
        account=call.path["account"], organisation=call.body.organisation
    )


@operation(
    "POST",
    "/accounts/{account}/confirmation/code",
    SIGNED_IN,
    body=ConfirmationCode,
    answer=Confirmed,
    errors=("code_wrong", "already_confirmed", "too_many_requests", "forbidden"),
)
def confirm_account(call: HttpCall) -> Any:
    """Open it with that code."""
    return call.service("identity").confirm_account(
        account=call.path["account"], organisation=call.body.organisation, code=call.body.code
    )


@operation(
    "POST",
    "/staff/accounts/{account}/confirmation",
    staff("operator", "administrator"),
    body=PassportChecked,
    answer=Confirmed,
    errors=("already_confirmed", "invalid_phone"),
)
def confirm_account_by_passport(call: HttpCall) -> Any:
    """Open a limited account after the person's passport was checked, where the supplier has no contact on file."""
    return call.service("identity").confirm_account_by_passport(
        account=call.path["account"], login=call.body.login
    )


@operation("DELETE", "/accounts/{account}", SIGNED_IN, answer=Unlinked)
def unlink_account(call: HttpCall) -> Any:
    """Take an account out of the cabinet. Access that others were given from it ends, too."""
    return call.service("identity").unlink_account(account=call.path["account"])


@operation("GET", "/accounts/{account}/meters", SIGNED_IN, answer=Meters)
def account_meters(call: HttpCall) -> Any:
    """Meters of an account with their last readings."""
    return call.service("metering").account_meters(account=call.path["account"])


@operation("GET", "/accounts/{account}/statement", SIGNED_IN, query=StatementQuery, answer=Statement)
def account_statement(call: HttpCall) -> Any:
    """All movements of an account between two days."""
    return call.service("billing").statement(
        account=call.path["account"],
        first_day=call.query.first_day.isoformat(),
        last_day=call.query.last_day.isoformat(),
    )


@operation("PUT", "/accounts/{account}/delivery", SIGNED_IN, body=DeliveryChoice, answer=DeliveryChosen)
def choose_delivery(call: HttpCall) -> Any:
    """How bills of the account come: by e-mail, on paper, or both."""
    return call.service("billing").set_delivery(account=call.path["account"], delivery=call.body.delivery)


@operation("GET", "/accounts/{account}/loyalty", SIGNED_IN, answer=Standing)
def account_loyalty(call: HttpCall) -> Any:
    """Points and level of an account, criterion by criterion."""
    return call.service("loyalty").standing(account=call.path["account"])
