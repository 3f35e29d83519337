"""Organisations: members and accounts (ID-8)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from services.identity.handlers import memberships
from services.identity.handlers import organisations as handlers
from services.identity.interface.base import Area
from services.identity.schemas import organisations as schemas
from services.identity.schemas.base import Nothing
from services.identity.views import organisations as views


class OrganisationsArea(Area):
    """Organisations: members and accounts (ID-8)."""

    @question(Nothing)
    def organisations(self, call: Call, request: dict[str, Any]) -> Any:
        """Those that the person belongs to or is invited to."""
        return views.my_organisations(call)

    @question(schemas.Organisation)
    def organisation(self, call: Call, request: dict[str, Any]) -> Any:
        """One, with accounts and members."""
        return views.organisation(call, str(request["organisation"]))

    @command(schemas.NewOrganisation)
    def create_organisation(self, call: Call, request: dict[str, Any]) -> Any:
        """The person directs it."""
        return handlers.create(call, request)

    @operation(schemas.OrganisationLink)
    def link_organisation_account(self, subject: Subject, request: dict[str, Any]) -> Any:
        """An account of its contract, with the supplier's proof."""
        with self.house.begin(subject) as call:
            handlers.directed(call, str(request["organisation"]))
        number = self.prove(subject, request)
        with self.house.begin(subject) as call:
            return handlers.link_account(call, self.tools, {**request, "number": number})

    @command(schemas.OrganisationAccount)
    def unlink_organisation_account(self, call: Call, request: dict[str, Any]) -> Any:
        """Out of it, for all members."""
        return handlers.unlink_account(call, str(request["organisation"]), str(request["account"]))

    @command(schemas.Invitation)
    def invite_member(self, call: Call, request: dict[str, Any]) -> Any:
        """In a role, once they accept."""
        return memberships.invite(call, self.tools, request)

    @command(schemas.Membership)
    def accept_membership(self, call: Call, request: dict[str, Any]) -> Any:
        """Take an invitation."""
        return memberships.accept(call, str(request["membership"]))

    @command(schemas.Membership)
    def decline_membership(self, call: Call, request: dict[str, Any]) -> Any:
        """Refuse it."""
        return memberships.decline(call, str(request["membership"]))

    @command(schemas.NewRole)
    def change_member_role(self, call: Call, request: dict[str, Any]) -> Any:
        """By a director."""
        return memberships.change_role(
            call, str(request["organisation"]), str(request["membership"]), request["role"]
        )

    @command(schemas.Member)
    def remove_member(self, call: Call, request: dict[str, Any]) -> Any:
        """By a director, or oneself."""
        return memberships.remove(call, str(request["organisation"]), str(request["membership"]))
