"""Registering (ID-1), the rules of passwords (ID-2)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import registration as rpc
from services.identity.handlers import password_checks, registering, registration
from services.identity.interface.base import Area


class RegistrationArea(Area):
    """Registering (ID-1)."""

    @operation
    def check_password(
        self, subject: Subject, request: rpc.CheckPasswordRequest
    ) -> Answer[rpc.PasswordChecked]:
        """Which rules a password breaks, for a form that ticks them (ID-2). Nothing is kept."""
        return password_checks.rules_of(request.password)

    @operation
    def register(self, subject: Subject, request: rpc.RegisterRequest) -> Answer[rpc.RegistrationBegun]:
        """Begin a registration by phone; a code goes there (ID-1)."""
        return registering.begin_by_phone(self.service, self.tools, subject, request)

    @operation
    def register_by_email(
        self, subject: Subject, request: rpc.RegisterByEmailRequest
    ) -> Answer[rpc.RegistrationBegun]:
        """Begin a registration by e-mail; a link goes there (ID-1)."""
        return registering.begin_by_email(self.service, self.tools, subject, request)

    @command
    def send_registration_again(
        self, ctx: RequestContext, request: rpc.RegistrationRequest
    ) -> Answer[rpc.RegistrationBegun]:
        """Another code or link for a registration that waits."""
        return registration.send_again(ctx, self.tools, str(request.registration))

    @operation
    def confirm_registration(self, subject: Subject, request: rpc.ConfirmRequest) -> Answer[rpc.Registered]:
        """Confirm it with the code; the person is signed in."""
        return registering.confirm_by_code(self.service, self.tools, self.proofs, subject, request)

    @operation
    def confirm_registration_by_link(
        self, subject: Subject, request: rpc.TokenRequest
    ) -> Answer[rpc.Registered]:
        """Confirm it with the secret of the link; the person is signed in."""
        return registering.confirm_by_link(self.service, self.tools, self.proofs, subject, request)
