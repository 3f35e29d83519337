"""Linked accounts (ID-6, ID-7), how bills come (BL-1), loyalty (LY-1)."""

from __future__ import annotations

from typing import Any

from gateway.models.accounts import (
    DeliveryChoice,
    DeliveryChosen,
    Linked,
    LinkedAccounts,
    Meters,
    NewLink,
    Standing,
    Unlinked,
)
from gateway.models.bills import Statement, StatementQuery
from gateway.operations import SIGNED_IN, HttpCall, operation


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
    errors=(
        "proof_wrong",
        "account_number_format",
        "already_linked",
        "unknown_provider",
        "too_many_requests",
    ),
)
def link_account(call: HttpCall) -> Any:
    """Link an account of a supplier with the supplier's proof."""
    body = call.body
    return call.service("identity").link_account(
        provider=body.provider, number=body.number, proof=body.proof, name=body.name, group=body.group
    )


@operation("DELETE", "/accounts/{account}", SIGNED_IN, answer=Unlinked)
def unlink_account(call: HttpCall) -> Any:
    """Take an account out of the cabinet."""
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
