"""Linked accounts (ID-6, ID-7)."""

from __future__ import annotations

import re
from typing import Any

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.errors import CabinetError
from services.identity.handlers import limits, linking
from services.identity.interface.base import Area
from services.identity.schemas import accounts as schemas
from services.identity.schemas.base import Nothing
from services.identity.views import accounts, providers


class AccountsArea(Area):
    """Linked accounts (ID-6, ID-7)."""

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
            limits.limit(
                call, ("link_person", subject.id), ("link_account", f"{request['provider']}/{number}")
            )
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

    @question(Nothing)
    def accounts(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's accounts."""
        return accounts.accounts(call.tx, call.subject)

    @question(Nothing)
    def providers(self, call: Call, request: dict[str, Any]) -> Any:
        """What forms need to know of the providers."""
        return providers.providers(self.tools)

    @question(schemas.Access)
    def access_of(self, call: Call, request: dict[str, Any]) -> Any:
        """For the other services."""
        if call.subject.kind != "service" and call.subject.id != str(request["person"]):
            raise CabinetError("forbidden")
        return accounts.access_of(call.tx, str(request["person"]), str(request["account"]))
