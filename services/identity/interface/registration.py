"""Registering (ID-1), the rules of passwords (ID-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation
from authorisation.subject import Subject
from chassis import context
from chassis.faults import as_cabinet_error
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import registration as rpc
from services.identity.adapters import phones, secrets
from services.identity.domain.passwords import RULES, failed_rules
from services.identity.handlers import registration
from services.identity.handlers.codes import limit_sends
from services.identity.handlers.consents import check_documents
from services.identity.handlers.inputs import person_names
from services.identity.interface.base import Area


class RegistrationArea(Area):
    """Registering (ID-1)."""

    #: Of another area: see interface/accounts.py.
    link_account: Callable[..., Any]

    @operation
    def check_password(
        self, subject: Subject, request: rpc.CheckPasswordRequest
    ) -> Answer[rpc.PasswordChecked]:
        """Which rules a password breaks, for a form that ticks them (ID-2). Nothing is kept."""
        return {"rules": list(RULES), "broken": failed_rules(request.password)}

    @operation
    def register(self, subject: Subject, request: rpc.RegisterRequest) -> Answer[rpc.RegistrationBegun]:
        """Begin a registration by phone; a code goes there (ID-1)."""
        return self._register(subject, "phone", lambda: phones.normalise(request.phone), request)

    @operation
    def register_by_email(
        self, subject: Subject, request: rpc.RegisterByEmailRequest
    ) -> Answer[rpc.RegistrationBegun]:
        """Begin a registration by e-mail; a link goes there (ID-1)."""
        return self._register(subject, "email", lambda: request.email.lower(), request)

    @command
    def send_registration_again(
        self, ctx: RequestContext, request: rpc.RegistrationRequest
    ) -> Answer[rpc.RegistrationBegun]:
        """Another code or link for a registration that waits."""
        return registration.send_again(ctx, self.tools, str(request.registration))

    @operation
    def confirm_registration(self, subject: Subject, request: rpc.ConfirmRequest) -> Answer[rpc.Registered]:
        """Confirm it with the code; the person is signed in."""
        with self.service.begin(subject) as ctx:
            tokens, linking = registration.confirm_by_code(
                ctx, self.tools, str(request.registration), request.code
            )
        return {**tokens, "link": self._link(tokens, linking)}

    @operation
    def confirm_registration_by_link(
        self, subject: Subject, request: rpc.TokenRequest
    ) -> Answer[rpc.Registered]:
        """Confirm it with the secret of the link; the person is signed in."""
        with self.service.begin(subject) as ctx:
            tokens, linking = registration.confirm_by_link(ctx, self.tools, request.token)
        return {**tokens, "link": self._link(tokens, linking)}

    def _register(
        self,
        subject: Subject,
        channel: str,
        contact_of: Callable[[], str],
        request: rpc.RegisterRequest | rpc.RegisterByEmailRequest,
    ) -> Answer[rpc.RegistrationBegun]:
        names = person_names(
            {"surname": request.surname, "name": request.name},
            required=isinstance(request, rpc.RegisterByEmailRequest),
        )
        broken = failed_rules(request.password)
        if broken:
            raise CabinetError("password_rules", rules=broken)
        contact = contact_of()
        account = request.account
        check_documents(
            self.tools, request.consents, request.provider or (account.provider if account else "")
        )
        with self.service.begin(subject) as ctx:
            limit_sends(ctx, channel, contact)
        hashed = secrets.hash_password(request.password)
        with self.service.begin(subject) as ctx:
            return registration.register(ctx, self.tools, channel, contact, hashed, request, names)

    def _link(self, tokens: dict[str, Any], linking: Any) -> dict[str, Any] | None:
        """Link the account that was asked for with the registration; what is wrong with it breaks nothing."""
        if linking is None:
            return None
        try:
            answer = self.link_account(replace(context.current(), subject=tokens["access_token"]), **linking)
        except CabinetError as error:
            return {"account": None, "refused": as_cabinet_error(error).code}
        return {"account": answer["account"], "refused": None}
