"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import sessions as rpc
from contracts.rpc.identity.base import Tokens
from services.identity.handlers import sessions, signing_in
from services.identity.interface.base import Area
from services.identity.views import sessions as views


class SessionsArea(Area):
    """Signing in and staying so (ID-3)."""

    @operation
    def sign_in(self, subject: Subject, request: rpc.SignInRequest) -> Answer[rpc.SignInOutcome]:
        """By phone or e-mail, and password (ID-3); tokens, or a challenge for the second factor (ID-10)."""
        return signing_in.sign_in(self.service, self.tools, subject, request)

    @command
    def refresh(self, ctx: RequestContext, request: rpc.RefreshRequest) -> Answer[Tokens]:
        """The next pair of tokens."""
        return sessions.refresh(ctx, self.tools, request.refresh_token, request.device)

    @question
    def sessions(self, ctx: RequestContext) -> Answer[rpc.Sessions]:
        """The person's open sessions."""
        return views.sessions(ctx.tx, ctx.subject, ctx.now)

    @command
    def sign_out(self, ctx: RequestContext) -> Answer[rpc.SessionsEnded]:
        """End this session."""
        return sessions.sign_out(ctx)

    @command
    def sign_out_session(self, ctx: RequestContext, request: rpc.SessionRequest) -> Answer[rpc.SessionsEnded]:
        """End another."""
        return sessions.sign_out(ctx, str(request.session))

    @command
    def sign_out_everywhere(
        self, ctx: RequestContext, request: rpc.EverywhereRequest
    ) -> Answer[rpc.SessionsEnded]:
        """End all, or all others."""
        return sessions.sign_out_everywhere(ctx, request.others_only)

    @question
    def ended_sessions(self, ctx: RequestContext, request: rpc.EndedRequest) -> Answer[rpc.RevokedSessions]:
        """For gateways: sessions whose access tokens must be refused from now on."""
        return views.ended_sessions(ctx.tx, ctx.subject, request.after)
