"""Registering (ID-1)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, operation
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import phones, secrets
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import registration
from services.identity.interface.base import Area
from services.identity.schemas import registration as schemas


class RegistrationArea(Area):
    """Registering (ID-1)."""

    @operation(schemas.Register)
    def register(self, subject: Subject, request: dict[str, Any]) -> Any:
        """Begin a registration by phone (ID-1)."""
        broken = failed_rules(request["password"])
        if broken:
            raise CabinetError("password_rules", rules=broken)
        phone = phones.normalise(request["phone"])
        hashed = secrets.hash_password(request["password"])
        with self.house.begin(subject) as call:
            return registration.register(call, self.tools, phone, hashed, request)

    @command(schemas.Confirm)
    def confirm_registration(self, call: Call, request: dict[str, Any]) -> Any:
        """Confirm it with the code; the person is signed in."""
        return registration.confirm_registration(
            call, self.tools, str(request["registration"]), request["code"]
        )
