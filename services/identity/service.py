"""Identity on the bus: people, sessions, linked accounts. Its methods stand in ``interface/``, by area."""

from __future__ import annotations

from datetime import timedelta

from authorisation.contexts import ServiceContext, ServiceContextProvider
from chassis.provided import Provided
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from services.identity.configuration import IdentityTools, identity_tools
from services.identity.handlers import contacts, grants, housekeeping
from services.identity.interface.accounts import AccountsArea
from services.identity.interface.audit import AuditArea
from services.identity.interface.document_links import DocumentLinksArea
from services.identity.interface.grants import GrantsArea
from services.identity.interface.groups import GroupsArea
from services.identity.interface.organisations import OrganisationsArea
from services.identity.interface.personal_data import PersonalDataArea
from services.identity.interface.profile import ProfileArea
from services.identity.interface.recovery import RecoveryArea
from services.identity.interface.registration import RegistrationArea
from services.identity.interface.second_factor import SecondFactorArea
from services.identity.interface.sessions import SessionsArea
from services.identity.interface.staff import StaffArea


class IdentityService(
    RegistrationArea,
    RecoveryArea,
    SessionsArea,
    ProfileArea,
    PersonalDataArea,
    DocumentLinksArea,
    AccountsArea,
    GroupsArea,
    GrantsArea,
    OrganisationsArea,
    SecondFactorArea,
    StaffArea,
    AuditArea,
):
    """People and what they may see."""

    name = "identity"
    #: What log lines may name besides, by its id (see chassis.logs).
    logged = frozenset({"provider"})
    service: ServiceContext = ServiceContextProvider()
    tools: IdentityTools = Provided(identity_tools)
    metering: RemoteService = Remote("metering", deadline=3.0)
    billing: RemoteService = Remote("billing", deadline=3.0)
    payments: RemoteService = Remote("payments", deadline=5.0)
    notifications: RemoteService = Remote("notifications", deadline=5.0)
    support: RemoteService = Remote("support", deadline=5.0)
    loyalty: RemoteService = Remote("loyalty", deadline=5.0)

    @every(timedelta(minutes=1))
    def apply_contact_changes(self) -> None:
        """New phones whose day has come (ID-5)."""
        contacts.apply_due(self.service)

    @every(timedelta(minutes=1))
    def end_grants(self) -> None:
        """Access whose time is over, offers that nobody took (ID-11)."""
        grants.end_due(self.service)

    @every(timedelta(hours=1))
    def forget_old(self) -> None:
        """What is over and serves nobody any more."""
        housekeeping.forget_old(self.service)
        housekeeping.forget_unused(self.service, self.tools)
