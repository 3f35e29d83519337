"""What the methods of every area have."""

from __future__ import annotations

from authorisation.contexts import ServiceContext
from chassis.rpc.client import RemoteService
from services.identity.configuration import IdentityTools
from services.identity.handlers.proving import ProofServices


class Area:
    """A part of the service class."""

    service: ServiceContext
    tools: IdentityTools
    metering: RemoteService
    billing: RemoteService

    @property
    def proofs(self) -> ProofServices:
        """Who knows whether a proof is right."""
        return ProofServices(self.metering, self.billing)
