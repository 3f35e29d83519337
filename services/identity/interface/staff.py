"""Members of staff (ID-10)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import secrets
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import staff
from services.identity.interface.base import Area
from services.identity.schemas import staff as schemas
from services.identity.views import staff as views


class StaffArea(Area):
    """Members of staff (ID-10)."""

    @question(schemas.Staff)
    def staff(self, call: Call, request: dict[str, Any]) -> Any:
        """Everybody with a role."""
        after = str(request["after"]) if request["after"] else None
        return views.staff(call, after, request["limit"])

    @operation(schemas.NewMember)
    def add_staff(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A new member, invited by mail."""
        subject.require_role(staff.ADMINISTRATOR)
        nobody_knows = secrets.hash_password(secrets.new_secret())
        with self.house.begin(subject) as call:
            return staff.add_member(call, self.tools, nobody_knows, request)

    @command(schemas.Member)
    def invite_staff_again(self, call: Call, request: dict[str, Any]) -> Any:
        """Another invitation."""
        return staff.invite_again(call, self.tools, str(request["person"]))

    @operation(schemas.Invitation)
    def accept_invitation(self, subject: Subject, request: dict[str, Any]) -> Any:
        """The member's own password, by the link in the invitation."""
        broken = failed_rules(request["password"])
        if broken:
            raise CabinetError("password_rules", rules=broken)
        hashed = secrets.hash_password(request["password"])
        with self.house.begin(subject) as call:
            return staff.accept_invitation(call, request["token"], hashed)

    @command(schemas.Roles)
    def change_staff_roles(self, call: Call, request: dict[str, Any]) -> Any:
        """What a member may do; ends the sessions."""
        return staff.change_roles(call, str(request["person"]), request["roles"])

    @command(schemas.Disabled)
    def disable_staff(self, call: Call, request: dict[str, Any]) -> Any:
        """Keep a member out, or let in again; ends the sessions."""
        return staff.set_disabled(call, str(request["person"]), request["disabled"])

    @command(schemas.Member)
    def reset_second_factor(self, call: Call, request: dict[str, Any]) -> Any:
        """For a member who has lost it; ends the sessions."""
        return staff.reset_second_factor(call, str(request["person"]))
