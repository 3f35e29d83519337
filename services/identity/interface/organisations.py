"""Organisations: members and accounts (ID-8)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import organisations as rpc
from contracts.rpc.identity.base import Unlinked
from services.identity.handlers import memberships, proven_linking
from services.identity.handlers import organisations as handlers
from services.identity.interface.base import Area
from services.identity.views import organisations as views


class OrganisationsArea(Area):
    """Organisations: members and accounts (ID-8)."""

    @question
    def organisations(self, ctx: RequestContext) -> Answer[rpc.Organisations]:
        """Those that the person belongs to or is invited to."""
        return views.my_organisations(ctx)

    @question
    def organisation(
        self, ctx: RequestContext, request: rpc.OrganisationRequest
    ) -> Answer[rpc.OrganisationDetails]:
        """One, with accounts and members."""
        return views.organisation(ctx, str(request.organisation))

    @command
    def create_organisation(
        self, ctx: RequestContext, request: rpc.NewOrganisationRequest
    ) -> Answer[rpc.Organisation]:
        """The person directs it."""
        return handlers.create(ctx, request)

    @operation
    def link_organisation_account(
        self, subject: Subject, request: rpc.OrganisationLinkRequest
    ) -> Answer[rpc.OrganisationLinked]:
        """An account of its contract, with the supplier's proof."""
        return proven_linking.link_organisation_account(
            self.service, self.tools, self.proofs, subject, request
        )

    @command
    def unlink_organisation_account(
        self, ctx: RequestContext, request: rpc.OrganisationAccountRequest
    ) -> Answer[Unlinked]:
        """Out of it, for all members."""
        return handlers.unlink_account(ctx, str(request.organisation), str(request.account))

    @command
    def invite_member(self, ctx: RequestContext, request: rpc.InvitationRequest) -> Answer[rpc.Membership]:
        """In a role, once they accept."""
        return memberships.invite(ctx, self.tools, request)

    @command
    def accept_membership(
        self, ctx: RequestContext, request: rpc.MembershipRequest
    ) -> Answer[rpc.Membership]:
        """Take an invitation."""
        return memberships.accept(ctx, str(request.membership))

    @command
    def decline_membership(
        self, ctx: RequestContext, request: rpc.MembershipRequest
    ) -> Answer[rpc.Membership]:
        """Refuse it."""
        return memberships.decline(ctx, str(request.membership))

    @command
    def change_member_role(self, ctx: RequestContext, request: rpc.NewRoleRequest) -> Answer[rpc.Membership]:
        """By a director."""
        return memberships.change_role(ctx, str(request.organisation), str(request.membership), request.role)

    @command
    def remove_member(self, ctx: RequestContext, request: rpc.MemberRequest) -> Answer[rpc.Membership]:
        """By a director, or oneself."""
        return memberships.remove(ctx, str(request.organisation), str(request.membership))
