"""One's own profile, contacts and password (ID-5), consents (ID-9)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import phones, secrets
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import consents as consenting
from services.identity.handlers import contacts, profile
from services.identity.interface.base import Area
from services.identity.schemas import profile as schemas
from services.identity.schemas.base import Nothing
from services.identity.schemas.registration import Consent, Token
from services.identity.views import consents
from services.identity.views import profile as profile_view


class ProfileArea(Area):
    """One's own profile (ID-5)."""

    @question(Nothing)
    def me(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's profile."""
        return profile_view.me(call.tx, call.subject)

    @command(schemas.Profile)
    def change_profile(self, call: Call, request: dict[str, Any]) -> Any:
        """Some of it; the answer is the whole."""
        profile.change_profile(call, request)
        return profile_view.me(call.tx, call.subject)

    # --- contacts -------------------------------------------------------------------------------------------------

    @operation(schemas.Email)
    def change_email(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A new e-mail address; a code goes there."""
        self.check_own_password(subject, request["password"])
        with self.house.begin(subject) as call:
            return contacts.begin_change(call, self.tools, "email", request["email"].lower())

    @command(schemas.Code)
    def confirm_email(self, call: Call, request: dict[str, Any]) -> Any:
        """Confirm it; it counts at once, and the old address is told."""
        return contacts.confirm_change(call, self.tools, "email", request["code"])

    @operation(schemas.Phone)
    def change_phone(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A new phone; a code goes there."""
        phone = phones.normalise(request["phone"])
        self.check_own_password(subject, request["password"])
        with self.house.begin(subject) as call:
            return contacts.begin_change(call, self.tools, "phone", phone)

    @command(schemas.Code)
    def confirm_phone(self, call: Call, request: dict[str, Any]) -> Any:
        """Confirm it; in place of another it counts after a delay, within which the old contacts may object."""
        return contacts.confirm_change(call, self.tools, "phone", request["code"])

    @command(Nothing)
    def cancel_phone_change(self, call: Call, request: dict[str, Any]) -> Any:
        """Take back a change that waits."""
        return contacts.stop_mine(call)

    @command(Token)
    def stop_phone_change_by_link(self, call: Call, request: dict[str, Any]) -> Any:
        """Object, with the link that came to the e-mail address."""
        return contacts.stop_by_link(call, request["token"])

    @command(schemas.StopByCode)
    def stop_phone_change_by_code(self, call: Call, request: dict[str, Any]) -> Any:
        """Object, with the code that came to the old phone."""
        return contacts.stop_by_code(call, phones.normalise(request["phone"]), request["code"])

    # --- the password ---------------------------------------------------------------------------------------------

    @operation(schemas.Password)
    def change_password(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A new one for the old one; other sessions end."""
        broken = failed_rules(request["new"])
        if broken:
            raise CabinetError("password_rules", rules=broken)
        checked = self.check_own_password(subject, request["old"])
        hashed = secrets.hash_password(request["new"])
        with self.house.begin(subject) as call:
            return profile.change_password(call, checked, hashed)

    # --- consents -------------------------------------------------------------------------------------------------

    @question(Nothing)
    def consents(self, call: Call, request: dict[str, Any]) -> Any:
        """Every consent, given or taken back (ID-9)."""
        return consents.consents(call.tx, call.subject)

    @command(Consent)
    def give_consent(self, call: Call, request: dict[str, Any]) -> Any:
        """To a version of a document."""
        return consenting.give_consent(call, self.tools, request["document"], request["version"])

    @command(schemas.Document)
    def revoke_consent(self, call: Call, request: dict[str, Any]) -> Any:
        """Take it back; the answer says what follows."""
        return consenting.revoke_consent(call, request["document"])
