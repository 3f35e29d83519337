"""What the methods of every area have."""

from __future__ import annotations

from chassis.house import HouseTools
from chassis.rpc.client import RemoteService
from services.identity.configuration import IdentityTools


class Area:
    """A part of the service class."""

    house: HouseTools
    tools: IdentityTools
    metering: RemoteService
    billing: RemoteService
