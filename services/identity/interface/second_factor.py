"""The second factor (ID-10)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import second_factor as rpc
from contracts.rpc.identity.base import Tokens
from services.identity.handlers import second_factor, signing_in
from services.identity.interface.base import Area
from services.identity.views import sessions as views


class SecondFactorArea(Area):
    """The second factor (ID-10)."""

    @command
    def answer_challenge(self, ctx: RequestContext, request: rpc.AnswerRequest) -> Answer[Tokens]:
        """The second step of signing in: tokens for a challenge and a code."""
        return signing_in.answer_challenge(ctx, self.tools, request)

    @question
    def second_factor(self, ctx: RequestContext) -> Answer[rpc.SecondFactor]:
        """Has the person one?"""
        return views.second_factor(ctx.tx, ctx.subject)

    @operation
    def enrol_second_factor(self, subject: Subject, request: rpc.EnrolRequest) -> Answer[rpc.Enrolling]:
        """A secret for an authenticator app; asks for the password again."""
        return second_factor.enrol(self.service, self.tools, subject, request)

    @command
    def confirm_second_factor(self, ctx: RequestContext, request: rpc.ConfirmRequest) -> Answer[rpc.Enrolled]:
        """It counts from now on; recovery codes."""
        return second_factor.confirm(ctx, self.tools, request.code)

    @command
    def remove_second_factor(
        self, ctx: RequestContext, request: rpc.RemoveRequest
    ) -> Answer[rpc.SecondFactorRemoved]:
        """Without one again; not for staff."""
        return second_factor.remove(ctx, self.tools, request.code)
