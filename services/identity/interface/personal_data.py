"""All that is held on a person: to be downloaded, to be erased (ID-9)."""

from __future__ import annotations

from typing import Any

from authorisation.operations import operation
from authorisation.subject import Subject
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import profile as rpc
from services.identity.handlers import erasure
from services.identity.handlers.limits import limit
from services.identity.interface.base import Area
from services.identity.views import personal_data

# These mean that a part of the system is away; anything else would be our own fault.
_AWAY = ("unavailable", "timeout", "internal")


class PersonalDataArea(Area):
    """All that is held on a person (ID-9)."""

    notifications: RemoteService
    support: RemoteService
    payments: RemoteService

    @operation
    def personal_data(self, subject: Subject) -> Answer[rpc.PersonalData]:
        """What this service and the others hold; ``missing`` names those that did not answer."""
        person = subject.require_person()
        with self.service.begin(subject) as ctx:
            limit(ctx, ("export", person))
            parts: dict[str, Any] = {"identity": personal_data.personal_data(ctx.tx, subject)}
            at = ctx.now
        self.service.use_service_token()
        others = {
            "metering": self.metering,
            "payments": self.payments,
            "notifications": self.notifications,
            "support": self.support,
        }
        asked = {name: remote.start("personal_data", person=person) for name, remote in others.items()}
        missing = []
        for name, answer in asked.items():
            try:
                parts[name] = answer.result()
            except CabinetError as error:
                if error.kind not in _AWAY:
                    raise
                missing.append(name)
        return {"person": person, "at": at.isoformat(), "missing": missing, "parts": parts}

    @operation
    def erase_me(self, subject: Subject, request: rpc.EraseRequest) -> Answer[rpc.Erased]:
        """Erase everything that names the person, but for what law keeps."""
        checked = self.check_own_password(subject, request.password)
        with self.service.begin(subject) as ctx:
            return erasure.erase(ctx, checked)
