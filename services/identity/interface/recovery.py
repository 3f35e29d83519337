"""Recovering a password (ID-4)."""

from __future__ import annotations

from authorisation.operations import operation
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import recovery as rpc
from services.identity.handlers import recovery
from services.identity.interface.base import Area


class RecoveryArea(Area):
    """Recovering a password (ID-4)."""

    @operation
    def recover(self, subject: Subject, request: rpc.RecoverRequest) -> Answer[rpc.RecoveryBegun]:
        """A code goes to a phone or an e-mail address; the answer does not tell whether it is registered."""
        with self.service.begin(subject) as ctx:
            return recovery.begin(ctx, self.tools, request)

    @operation
    def confirm_recovery(self, subject: Subject, request: rpc.RecoveredRequest) -> Answer[rpc.Recovered]:
        """The code and a new password; all sessions end."""
        return recovery.confirm(self.service, subject, request)
