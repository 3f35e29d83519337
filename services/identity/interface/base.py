"""What the methods of every area have."""

from __future__ import annotations

import msgspec

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.rpc.identity.accounts import ProvenRequest
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.handlers.limits import limit
from services.identity.handlers.profile import myself
from services.identity.handlers.proving import prove


class Area:
    """A part of the service class."""

    service: ServiceContext
    tools: IdentityTools
    metering: RemoteService
    billing: RemoteService

    def check_own_password(self, subject: Subject, password: str) -> str:
        """The stored hash that the caller's password matches. Raises ``password_wrong``, ``too_many_requests``."""
        with self.service.begin(subject) as ctx:
            person = myself(ctx)
            limit(ctx, ("password", subject.id))
        hashed: str = person["password_hash"]
        if not secrets.password_matches(hashed, password):
            raise CabinetError("password_wrong")
        return hashed

    def prove(self, subject: Subject, request: ProvenRequest) -> str:
        """The account number of the request, tidied up, once its proof is right (see ``handlers/proving.py``)."""
        return prove(
            self.service,
            self.tools,
            self.metering,
            self.billing,
            subject,
            provider=request.provider,
            number=request.number,
            proof=request.proof if isinstance(request.proof, str) else msgspec.structs.asdict(request.proof),
        )
