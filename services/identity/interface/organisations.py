"""Organisations: members and accounts (ID-8)."""

from __future__ import annotations

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import organisations as rpc
from contracts.rpc.identity.base import Unlinked
from services.identity.handlers import memberships
from services.identity.handlers import organisations as handlers
from services.identity.interface.base import Area
from services.identity.views import organisations as views


class OrganisationsArea(Area):
    """Organisations: members and accounts (ID-8)."""

    @question
    def organisations(self, call: Call) -> Answer[rpc.Organisations]:
        """Those that the person belongs to or is invited to."""
        return views.my_organisations(call)

    @question
    def organisation(self, call: Call, request: rpc.OrganisationRequest) -> Answer[rpc.OrganisationDetails]:
        """One, with accounts and members."""
        return views.organisation(call, str(request.organisation))

    @command
    def create_organisation(
        self, call: Call, request: rpc.NewOrganisationRequest
    ) -> Answer[rpc.Organisation]:
        """The person directs it."""
        return handlers.create(call, request)

    @operation
    def link_organisation_account(
        self, subject: Subject, request: rpc.OrganisationLinkRequest
    ) -> Answer[rpc.OrganisationLinked]:
        """An account of its contract, with the supplier's proof."""
        with self.house.begin(subject) as call:
            handlers.directed(call, str(request.organisation))
        number = self.prove(subject, request)
        with self.house.begin(subject) as call:
            return handlers.link_account(call, self.tools, request, number)

    @command
    def unlink_organisation_account(
        self, call: Call, request: rpc.OrganisationAccountRequest
    ) -> Answer[Unlinked]:
        """Out of it, for all members."""
        return handlers.unlink_account(call, str(request.organisation), str(request.account))

    @command
    def invite_member(self, call: Call, request: rpc.InvitationRequest) -> Answer[rpc.Membership]:
        """In a role, once they accept."""
        return memberships.invite(call, self.tools, request)

    @command
    def accept_membership(self, call: Call, request: rpc.MembershipRequest) -> Answer[rpc.Membership]:
        """Take an invitation."""
        return memberships.accept(call, str(request.membership))

    @command
    def decline_membership(self, call: Call, request: rpc.MembershipRequest) -> Answer[rpc.Membership]:
        """Refuse it."""
        return memberships.decline(call, str(request.membership))

    @command
    def change_member_role(self, call: Call, request: rpc.NewRoleRequest) -> Answer[rpc.Membership]:
        """By a director."""
        return memberships.change_role(call, str(request.organisation), str(request.membership), request.role)

    @command
    def remove_member(self, call: Call, request: rpc.MemberRequest) -> Answer[rpc.Membership]:
        """By a director, or oneself."""
        return memberships.remove(call, str(request.organisation), str(request.membership))
