"""One's own profile (ID-5)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, question
from services.identity.handlers import registration
from services.identity.interface.base import Area
from services.identity.schemas import profile as schemas
from services.identity.schemas.base import Nothing
from services.identity.views import profile


class ProfileArea(Area):
    """One's own profile (ID-5)."""

    @question(Nothing)
    def me(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's profile."""
        return profile.me(call.tx, call.subject)

    @command(schemas.Email)
    def change_email(self, call: Call, request: dict[str, Any]) -> Any:
        """A new e-mail address; a code goes there."""
        return registration.change_email(call, self.tools, request["email"].strip().lower())

    @command(schemas.EmailCode)
    def confirm_email(self, call: Call, request: dict[str, Any]) -> Any:
        """Confirm it."""
        return registration.confirm_email(call, request["code"])
