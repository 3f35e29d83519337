"""Identity on the bus: people, sessions, linked accounts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import command, operation, question
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity import schemas, store, views
from services.identity.adapters import phones, secrets
from services.identity.configuration import IdentityTools, identity_tools
from services.identity.domain.passwords import failed_rules
from services.identity.handlers import codes, linking, registration, sessions


class IdentityService:
    """People and what they may see."""

    name = "identity"
    house: HouseTools = House()
    tools: IdentityTools = Provided(identity_tools)
    metering: RemoteService = Remote("metering", deadline=3.0)

    # --- registration and contacts ----------------------------------------------------------------------------

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

    @command(schemas.Email)
    def change_email(self, call: Call, request: dict[str, Any]) -> Any:
        """A new e-mail address; a code goes there."""
        return registration.change_email(call, self.tools, request["email"].strip().lower())

    @command(schemas.EmailCode)
    def confirm_email(self, call: Call, request: dict[str, Any]) -> Any:
        """Confirm it."""
        return registration.confirm_email(call, request["code"])

    # --- sessions -----------------------------------------------------------------------------------------------

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
            codes.limit(call, "sign_in", login)
            person = store.person_by_login(call.tx, login)
        matches = secrets.password_matches(person["password_hash"] if person else None, request["password"])
        if not matches or person is None:
            raise CabinetError("credentials_wrong")
        with self.house.begin(subject) as call:
            return sessions.open_session(call, self.tools, str(person["id"]), list(person["roles"]))

    @command(schemas.Refresh)
    def refresh(self, call: Call, request: dict[str, Any]) -> Any:
        """The next pair of tokens."""
        return sessions.refresh(call, self.tools, request["refresh_token"])

    @command(schemas.Nothing)
    def sign_out(self, call: Call, request: dict[str, Any]) -> Any:
        """End this session."""
        if call.subject.kind != "person":
            raise CabinetError("unauthenticated")
        return sessions.sign_out(call)

    # --- accounts -----------------------------------------------------------------------------------------------

    @operation(schemas.Link)
    def link_account(self, subject: Subject, request: dict[str, Any]) -> Any:
        """Link an account of a supplier, with the supplier's proof (ID-6)."""
        if subject.kind != "person":
            raise CabinetError("unauthenticated")
        profile = self.tools.profiles.get(request["provider"])
        if profile is None:
            raise CabinetError("unknown_provider")
        number = re.sub(r"[\s-]", "", request["number"])
        if not re.fullmatch(profile.account_number, number):
            raise CabinetError("account_number_format", expected=profile.account_number_hint)
        request = {**request, "number": number}
        with self.house.begin(subject) as call:
            codes.limit(call, "link_person", subject.id)
            codes.limit(call, "link_account", f"{request['provider']}/{number}")
        proven = self.metering.check_meter_proof(
            provider=request["provider"], number=number, serial=request["proof"].strip()
        )
        if not proven["matches"]:
            raise CabinetError("proof_wrong")
        with self.house.begin(subject) as call:
            return linking.link_account(call, request)

    @command(schemas.Account)
    def unlink_account(self, call: Call, request: dict[str, Any]) -> Any:
        """Take it out of the cabinet (ID-7)."""
        if call.subject.kind != "person":
            raise CabinetError("unauthenticated")
        return linking.unlink_account(call, str(request["account"]))

    @question(schemas.Nothing)
    def accounts(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's accounts."""
        return views.accounts(call.tx, call.subject)

    @question(schemas.Nothing)
    def me(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's profile."""
        return views.me(call.tx, call.subject)

    @question(schemas.Nothing)
    def providers(self, call: Call, request: dict[str, Any]) -> Any:
        """What forms need to know of the providers."""
        return views.providers(self.tools)

    @question(schemas.Access)
    def access_of(self, call: Call, request: dict[str, Any]) -> Any:
        """For the other services."""
        return views.access_of(call.tx, str(request["person"]), str(request["account"]))

    # --- housekeeping -------------------------------------------------------------------------------------------

    @every(timedelta(hours=1))
    def forget_old(self) -> None:
        """Attempts that limit nothing any more."""
        with self.house.database.transaction() as tx:
            store.forget_attempts(tx, self.house.clock.now() - timedelta(days=2))
