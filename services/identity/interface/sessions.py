"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, operation
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import phones, secrets
from services.identity.handlers import limits, sessions
from services.identity.interface.base import Area
from services.identity.schemas import sessions as schemas
from services.identity.schemas.base import Nothing
from services.identity.store import people


class SessionsArea(Area):
    """Signing in and staying so (ID-3)."""

    @operation(schemas.SignIn)
    def sign_in(self, subject: Subject, request: dict[str, Any]) -> Any:
        """By phone or e-mail, and password (ID-3)."""
        login = request["login"].strip().lower()
        if "@" not in login:
            try:
                login = phones.normalise(login)
            except CabinetError:
                login = ""
        with self.house.begin(subject) as call:
            limits.limit(call, ("sign_in", login))
            person = people.person_by_login(call.tx, login)
        matches = secrets.password_matches(person["password_hash"] if person else None, request["password"])
        if not matches or person is None:
            raise CabinetError("credentials_wrong")
        with self.house.begin(subject) as call:
            return sessions.open_session(call, self.tools, str(person["id"]), list(person["roles"]))

    @command(schemas.Refresh)
    def refresh(self, call: Call, request: dict[str, Any]) -> Any:
        """The next pair of tokens."""
        return sessions.refresh(call, self.tools, request["refresh_token"])

    @command(Nothing)
    def sign_out(self, call: Call, request: dict[str, Any]) -> Any:
        """End this session."""
        if call.subject.kind != "person":
            raise CabinetError("unauthenticated")
        return sessions.sign_out(call)
