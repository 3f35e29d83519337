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
from gateway.operations import SIGNED_IN, HttpRequest, operation
from gateway.routes.accounts import LINKING_ERRORS


@operation("GET", "/organisations", SIGNED_IN, answer=Organisations)
def list_organisations(request: HttpRequest) -> Any:
    """Organisations that one belongs to or is invited to."""
    return request.service("identity").organisations()


@operation(
    "POST",
    "/organisations",
    SIGNED_IN,
    body=NewOrganisation,
    answer=Organisation,
    status=201,
    errors=("tax_number_wrong", "limit_reached"),
)
def create_organisation(request: HttpRequest) -> Any:
    """A new organisation that one directs."""
    return request.service("identity").create_organisation(**msgspec.to_builtins(request.body))


@operation("GET", "/organisations/{organisation}", SIGNED_IN, answer=OrganisationDetails)
def show_organisation(request: HttpRequest) -> Any:
    """An organisation with its accounts and, for directors, its members."""
    return request.service("identity").organisation(organisation=request.path["organisation"])


@operation(
    "POST",
    "/organisations/{organisation}/accounts",
    SIGNED_IN,
    body=NewOrganisationLink,
    answer=OrganisationLinked,
    status=201,
    errors=(*LINKING_ERRORS, "limit_reached", "forbidden"),
)
def link_organisation_account(request: HttpRequest) -> Any:
    """Link an account of the organisation's contract; members may use it by their roles."""
    return request.service("identity").link_organisation_account(
        organisation=request.path["organisation"], **msgspec.to_builtins(request.body)
    )


@operation(
    "DELETE",
    "/organisations/{organisation}/accounts/{account}",
    SIGNED_IN,
    answer=Unlinked,
    errors=("forbidden",),
)
def unlink_organisation_account(request: HttpRequest) -> Any:
    """Take an account out of the organisation, for all members."""
    return request.service("identity").unlink_organisation_account(
        organisation=request.path["organisation"], account=request.path["account"]
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
def invite_member(request: HttpRequest) -> Any:
    """Invite somebody in a role. The answer is the same whoever has the address."""
    return request.service("identity").invite_member(
        organisation=request.path["organisation"], **msgspec.to_builtins(request.body)
    )


@operation(
    "PATCH",
    "/organisations/{organisation}/members/{membership}",
    SIGNED_IN,
    body=NewRole,
    answer=Membership,
    errors=("forbidden", "last_director"),
)
def change_member_role(request: HttpRequest) -> Any:
    """Give a member another role."""
    return request.service("identity").change_member_role(
        organisation=request.path["organisation"],
        membership=request.path["membership"],
        role=request.body.role,
    )


@operation(
    "DELETE",
    "/organisations/{organisation}/members/{membership}",
    SIGNED_IN,
    answer=Membership,
    errors=("forbidden", "last_director"),
)
def remove_member(request: HttpRequest) -> Any:
    """Remove a member or take back an invitation; or leave, with one's own membership."""
    return request.service("identity").remove_member(
        organisation=request.path["organisation"], membership=request.path["membership"]
    )


@operation(
    "POST",
    "/memberships/{membership}/acceptance",
    SIGNED_IN,
    answer=Membership,
    errors=("offer_over", "already_member"),
)
def accept_membership(request: HttpRequest) -> Any:
    """Accept an invitation to an organisation."""
    return request.service("identity").accept_membership(membership=request.path["membership"])


@operation("POST", "/memberships/{membership}/refusal", SIGNED_IN, answer=Membership, errors=("offer_over",))
def decline_membership(request: HttpRequest) -> Any:
    """Decline it."""
    return request.service("identity").decline_membership(membership=request.path["membership"])
