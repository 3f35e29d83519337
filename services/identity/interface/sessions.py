"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from datetime import timedelta

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import sessions as rpc
from contracts.rpc.identity.base import Tokens
from services.identity.adapters import phones, secrets
from services.identity.domain.devices import network_of
from services.identity.handlers import limits, sessions
from services.identity.interface.base import Area
from services.identity.store import people
from services.identity.store import sessions as kept_sessions
from services.identity.views import sessions as views

#: Where somebody was signed in within this time, strangers' tries elsewhere count for nothing.
KNOWN_FOR = timedelta(days=90)


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
        with self.house.begin(subject) as call:
            client = call.context.client
            known = kept_sessions.used_from(call.tx, login, network_of(client), call.now - KNOWN_FOR)
            limits.limit(
                call,
                ("sign_in_here", f"{login}|{client}"),
                ("sign_in_client", client),
                ("sign_in", "" if known else login),
            )
            person = people.person_by_login(call.tx, login)
        matches = secrets.password_matches(person["password_hash"] if person else None, request.password)
        if not matches or person is None:
            raise CabinetError("credentials_wrong")
        with self.house.begin(subject) as call:
            return sessions.enter(call, self.tools, person, request.device)

    @command
    def refresh(self, call: Call, request: rpc.RefreshRequest) -> Answer[Tokens]:
        """The next pair of tokens."""
        return sessions.refresh(call, self.tools, request.refresh_token, request.device)

    @question
    def sessions(self, call: Call) -> Answer[rpc.Sessions]:
        """The person's open sessions."""
        return views.sessions(call.tx, call.subject, call.now)

    @command
    def sign_out(self, call: Call) -> Answer[rpc.SessionsEnded]:
        """End this session."""
        return sessions.sign_out(call)

    @command
    def sign_out_session(self, call: Call, request: rpc.SessionRequest) -> Answer[rpc.SessionsEnded]:
        """End another."""
        return sessions.sign_out(call, str(request.session))

    @command
    def sign_out_everywhere(self, call: Call, request: rpc.EverywhereRequest) -> Answer[rpc.SessionsEnded]:
        """End all, or all others."""
        return sessions.sign_out_everywhere(call, request.others_only)

    @question
    def ended_sessions(self, call: Call, request: rpc.EndedRequest) -> Answer[rpc.RevokedSessions]:
        """For gateways: sessions whose access tokens must be refused from now on."""
        if call.subject.kind != "service" or call.subject.id != "gateway":
            raise CabinetError("forbidden")
        return views.ended_sessions(call.tx, request.after)
