"""Identity on the bus: people, sessions, linked accounts. Its methods stand in ``interface/``, by area."""

from __future__ import annotations

from datetime import timedelta

from chassis.house import House, HouseTools, Provided
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from services.identity.configuration import IdentityTools, identity_tools
from services.identity.handlers import housekeeping
from services.identity.interface.accounts import AccountsArea
from services.identity.interface.profile import ProfileArea
from services.identity.interface.registration import RegistrationArea
from services.identity.interface.sessions import SessionsArea


class IdentityService(RegistrationArea, SessionsArea, ProfileArea, AccountsArea):
    """People and what they may see."""

    name = "identity"
    house: HouseTools = House()
    tools: IdentityTools = Provided(identity_tools)
    metering: RemoteService = Remote("metering", deadline=3.0)
    billing: RemoteService = Remote("billing", deadline=3.0)

    @every(timedelta(hours=1))
    def forget_old(self) -> None:
        """What is over and serves nobody any more."""
        housekeeping.forget_old(self.house)
