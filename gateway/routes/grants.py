"""Delegated access: letting another person use an account (ID-11)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.identity.grants import Grant, Grants, Offered
from gateway.models.grants import NewGrant
from gateway.operations import SIGNED_IN, HttpRequest, operation


@operation(
    "POST",
    "/accounts/{account}/grants",
    SIGNED_IN,
    body=NewGrant,
    answer=Offered,
    status=201,
    errors=(
        "own_link_needed",
        "limit_reached",
        "until_past",
        "scopes_incomplete",
        "offer_to_oneself",
        "invalid_phone",
        "too_many_requests",
    ),
)
def offer_access(request: HttpRequest) -> Any:
    """Offer another person access to an account that one has linked. The answer is the same whoever has the address."""
    body = request.body
    return request.service("identity").offer_access(
        account=request.path["account"],
        to=body.to,
        name=body.name,
        scopes=body.scopes,
        until=body.until.isoformat() if body.until else None,
    )


@operation("GET", "/grants", SIGNED_IN, answer=Grants)
def list_grants(request: HttpRequest) -> Any:
    """What one gave, what one was given, and offers to one's own confirmed addresses."""
    return request.service("identity").grants()


@operation("POST", "/grants/{grant}/acceptance", SIGNED_IN, answer=Grant, errors=("offer_over",))
def accept_access(request: HttpRequest) -> Any:
    """Accept an offer."""
    return request.service("identity").accept_access(grant=request.path["grant"])


@operation("POST", "/grants/{grant}/refusal", SIGNED_IN, answer=Grant, errors=("offer_over",))
def decline_access(request: HttpRequest) -> Any:
    """Decline an offer."""
    return request.service("identity").decline_access(grant=request.path["grant"])


@operation("DELETE", "/grants/{grant}", SIGNED_IN, answer=Grant, errors=("offer_over",))
def end_access(request: HttpRequest) -> Any:
    """Take back what one gave or offered, or give back what one received."""
    return request.service("identity").end_access(grant=request.path["grant"])
