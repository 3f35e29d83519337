"""Members of staff (ID-10)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import staff as rpc
from services.identity.handlers import staff
from services.identity.interface.base import Area
from services.identity.views import staff as views


class StaffArea(Area):
    """Members of staff (ID-10)."""

    @question
    def staff(self, ctx: RequestContext, request: rpc.StaffRequest) -> Answer[rpc.StaffMembers]:
        """Everybody with a role."""
        return views.staff(ctx, request)

    @operation
    def add_staff(self, subject: Subject, request: rpc.NewMemberRequest) -> Answer[rpc.StaffInvited]:
        """A new member, invited by mail."""
        return staff.add_member(self.service, self.tools, subject, request)

    @command
    def invite_staff_again(self, ctx: RequestContext, request: rpc.MemberRequest) -> Answer[rpc.StaffInvited]:
        """Another invitation."""
        return staff.invite_again(ctx, self.tools, str(request.person))

    @operation
    def accept_invitation(
        self, subject: Subject, request: rpc.InvitationRequest
    ) -> Answer[rpc.InvitationAccepted]:
        """The member's own password, by the link in the invitation."""
        return staff.accept_invitation(self.service, subject, request)

    @command
    def change_staff_roles(
        self, ctx: RequestContext, request: rpc.RolesRequest
    ) -> Answer[rpc.StaffMemberChanged]:
        """What a member may do; ends the sessions."""
        return staff.change_roles(ctx, str(request.person), request.roles)

    @command
    def disable_staff(
        self, ctx: RequestContext, request: rpc.DisabledRequest
    ) -> Answer[rpc.StaffMemberChanged]:
        """Keep a member out, or let in again; ends the sessions."""
        return staff.set_disabled(ctx, str(request.person), request.disabled)

    @command
    def reset_second_factor(
        self, ctx: RequestContext, request: rpc.MemberRequest
    ) -> Answer[rpc.StaffMemberChanged]:
        """For a member who has lost it; ends the sessions."""
        return staff.reset_second_factor(ctx, str(request.person))
