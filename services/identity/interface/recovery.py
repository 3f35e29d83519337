"""Recovering a password (ID-4)."""

from __future__ import annotations

from authorisation.operations import operation
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import recovery as rpc
from services.identity.adapters import phones, secrets
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import recovery
from services.identity.handlers.codes import limit_sends, limit_tries
from services.identity.handlers.inputs import email
from services.identity.interface.base import Area


class RecoveryArea(Area):
    """Recovering a password (ID-4)."""

    @operation
    def recover(self, subject: Subject, request: rpc.RecoverRequest) -> Answer[rpc.RecoveryBegun]:
        """A code goes to a phone or an e-mail address; the answer does not tell whether it is registered."""
        channel = "email" if "@" in request.login else "phone"
        contact = email("login", request.login) if channel == "email" else phones.normalise(request.login)
        with self.service.begin(subject) as ctx:
            limit_sends(ctx, channel, contact)
            return recovery.begin_recovery(ctx, self.tools, channel, contact, request.language)

    @operation
    def confirm_recovery(self, subject: Subject, request: rpc.RecoveredRequest) -> Answer[rpc.Recovered]:
        """The code and a new password; all sessions end."""
        broken = failed_rules(request.password)
        if broken:
            raise CabinetError("password_rules", rules=broken)
        with self.service.begin(subject) as ctx:
            limit_tries(ctx)
        hashed = secrets.hash_password(request.password)
        with self.service.begin(subject) as ctx:
            return recovery.confirm_recovery(ctx, str(request.recovery), request.code, hashed)
