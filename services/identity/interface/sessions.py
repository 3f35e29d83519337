"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import sessions as rpc
from contracts.rpc.identity.base import Tokens
from services.identity.adapters import phones, secrets
from services.identity.domain.devices import network_of
from services.identity.domain.lives import KNOWN_FOR
from services.identity.handlers import limits, sessions
from services.identity.interface.base import Area
from services.identity.store import people
from services.identity.store import sessions as kept_sessions
from services.identity.views import sessions as views


class SessionsArea(Area):
    """Signing in and staying so (ID-3)."""

    @operation
    def sign_in(self, subject: Subject, request: rpc.SignInRequest) -> Answer[rpc.SignInOutcome]:
        """By phone or e-mail, and password (ID-3); tokens, or a challenge for the second factor (ID-10)."""
        login = request.login.strip().lower()
        if "@" not in login:
            try:
                login = phones.normalise(login)
            except CabinetError:
                login = ""
        with self.service.begin(subject) as ctx:
            client = ctx.context.client
            known = kept_sessions.used_from(ctx.tx, login, network_of(client), ctx.now - KNOWN_FOR)
            limits.limit(
                ctx,
                ("sign_in_here", f"{login}|{client}"),
                ("sign_in_client", client),
                ("sign_in", "" if known else login),
            )
            person = people.person_by_login(ctx.tx, login)
        matches = secrets.password_matches(person["password_hash"] if person else None, request.password)
        if not matches or person is None:
            raise CabinetError("credentials_wrong")
        with self.service.begin(subject) as ctx:
            return sessions.enter(ctx, self.tools, person, request.device)

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
        if ctx.subject.kind != "service" or ctx.subject.id != "gateway":
            raise CabinetError("forbidden")
        return views.ended_sessions(ctx.tx, request.after)
