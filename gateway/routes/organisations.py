"""The cabinet for organisations: members with roles, accounts of their contracts (ID-8)."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.rpc.identity.base import Unlinked
from contracts.rpc.identity.organisations import (
    Membership,
    Organisation,
    OrganisationDetails,
    OrganisationLinked,
    Organisations,
)
from gateway.models.organisations import NewMember, NewOrganisation, NewOrganisationLink, NewRole
from gateway.operations import SIGNED_IN, HttpCall, operation
from gateway.routes.accounts import LINKING_ERRORS


@operation("GET", "/organisations", SIGNED_IN, answer=Organisations)
def list_organisations(call: HttpCall) -> Any:
    """Organisations that one belongs to or is invited to."""
    return call.service("identity").organisations()


@operation(
    "POST",
    "/organisations",
    SIGNED_IN,
    body=NewOrganisation,
    answer=Organisation,
    status=201,
    errors=("tax_number_wrong", "limit_reached"),
)
def create_organisation(call: HttpCall) -> Any:
    """A new organisation that one directs."""
    return call.service("identity").create_organisation(**msgspec.to_builtins(call.body))


@operation("GET", "/organisations/{organisation}", SIGNED_IN, answer=OrganisationDetails)
def show_organisation(call: HttpCall) -> Any:
    """An organisation with its accounts and, for directors, its members."""
    return call.service("identity").organisation(organisation=call.path["organisation"])


@operation(
    "POST",
    "/organisations/{organisation}/accounts",
    SIGNED_IN,
    body=NewOrganisationLink,
    answer=OrganisationLinked,
    status=201,
    errors=(*LINKING_ERRORS, "limit_reached", "forbidden"),
)
def link_organisation_account(call: HttpCall) -> Any:
    """Link an account of the organisation's contract; members may use it by their roles."""
    return call.service("identity").link_organisation_account(
        organisation=call.path["organisation"], **msgspec.to_builtins(call.body)
    )


@operation(
    "DELETE",
    "/organisations/{organisation}/accounts/{account}",
    SIGNED_IN,
    answer=Unlinked,
    errors=("forbidden",),
)
def unlink_organisation_account(call: HttpCall) -> Any:
    """Take an account out of the organisation, for all members."""
    return call.service("identity").unlink_organisation_account(
        organisation=call.path["organisation"], account=call.path["account"]
    )


@operation(
    "POST",
    "/organisations/{organisation}/members",
    SIGNED_IN,
    body=NewMember,
    answer=Membership,
    status=201,
    errors=("forbidden", "limit_reached", "offer_to_oneself", "invalid_phone", "too_many_requests"),
)
def invite_member(call: HttpCall) -> Any:
    """Invite somebody in a role. The answer is the same whoever has the address."""
    return call.service("identity").invite_member(
        organisation=call.path["organisation"], **msgspec.to_builtins(call.body)
    )


@operation(
    "PATCH",
    "/organisations/{organisation}/members/{membership}",
    SIGNED_IN,
    body=NewRole,
    answer=Membership,
    errors=("forbidden", "last_director"),
)
def change_member_role(call: HttpCall) -> Any:
    """Give a member another role."""
    return call.service("identity").change_member_role(
        organisation=call.path["organisation"], membership=call.path["membership"], role=call.body.role
    )


@operation(
    "DELETE",
    "/organisations/{organisation}/members/{membership}",
    SIGNED_IN,
    answer=Membership,
    errors=("forbidden", "last_director"),
)
def remove_member(call: HttpCall) -> Any:
    """Remove a member or take back an invitation; or leave, with one's own membership."""
    return call.service("identity").remove_member(
        organisation=call.path["organisation"], membership=call.path["membership"]
    )


@operation(
    "POST",
    "/memberships/{membership}/acceptance",
    SIGNED_IN,
    answer=Membership,
    errors=("offer_over", "already_member"),
)
def accept_membership(call: HttpCall) -> Any:
    """Accept an invitation to an organisation."""
    return call.service("identity").accept_membership(membership=call.path["membership"])


@operation("POST", "/memberships/{membership}/refusal", SIGNED_IN, answer=Membership, errors=("offer_over",))
def decline_membership(call: HttpCall) -> Any:
    """Decline it."""
    return call.service("identity").decline_membership(membership=call.path["membership"])
