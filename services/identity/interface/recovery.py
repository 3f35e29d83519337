"""Recovering a password (ID-4)."""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from chassis.operations import operation
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import phones, secrets
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import recovery
from services.identity.handlers.codes import limit_sends, limit_tries
from services.identity.interface.base import Area
from services.identity.schemas import recovery as schemas

_is_email = validate.Email()


class RecoveryArea(Area):
    """Recovering a password (ID-4)."""

    @operation(schemas.Recover)
    def recover(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A code goes to a phone or an e-mail address; the answer does not tell whether it is registered."""
        login = request["login"].strip().lower()
        channel = "email" if "@" in login else "phone"
        contact = _is_email(login) if channel == "email" else phones.normalise(login)
        with self.house.begin(subject) as call:
            limit_sends(call, channel, contact)
            return recovery.begin_recovery(call, self.tools, channel, contact, request["language"])

    @operation(schemas.Recovered)
    def confirm_recovery(self, subject: Subject, request: dict[str, Any]) -> Any:
        """The code and a new password; all sessions end."""
        broken = failed_rules(request["password"])
        if broken:
            raise CabinetError("password_rules", rules=broken)
        with self.house.begin(subject) as call:
            limit_tries(call)
        hashed = secrets.hash_password(request["password"])
        with self.house.begin(subject) as call:
            return recovery.confirm_recovery(call, str(request["recovery"]), request["code"], hashed)
