"""All that is held on a person: to be downloaded, to be erased (ID-9)."""

from __future__ import annotations

from authorisation.operations import operation
from authorisation.subject import Subject
from chassis.rpc.client import RemoteService
from contracts.rpc.base import Answer
from contracts.rpc.identity import profile as rpc
from services.identity.handlers import erasure, personal_data
from services.identity.interface.base import Area


class PersonalDataArea(Area):
    """All that is held on a person (ID-9)."""

    notifications: RemoteService
    support: RemoteService
    payments: RemoteService
    loyalty: RemoteService

    @operation
    def personal_data(self, subject: Subject) -> Answer[rpc.PersonalData]:
        """What this service and the others hold; ``missing`` names those that did not answer."""
        others = {
            "metering": self.metering,
            "billing": self.billing,
            "loyalty": self.loyalty,
            "payments": self.payments,
            "notifications": self.notifications,
            "support": self.support,
        }
        return personal_data.collect(self.service, subject, others)

    @operation
    def erase_me(self, subject: Subject, request: rpc.EraseRequest) -> Answer[rpc.Erased]:
        """Erase everything that names the person, but for what law keeps."""
        return erasure.erase(self.service, subject, request.password)
