"""Who a call is made for: a signed token that travels with it and that every service verifies for itself.

People carry an access token signed by identity (Ed25519). Services speak for themselves with a token under the
deployment's shared key. Tokens live in real time, whatever a demo does with the clock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt

from authorisation import audit
from contracts.errors import CabinetError

ISSUER = "cabinet"
SERVICE_ISSUER = "cabinet-services"
SERVICE_TOKEN_LIFE = 300
STAFF_ROLES = frozenset({"operator", "accountant", "administrator"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, a member of staff, a service, or nobody."""

    kind: str  # "person", "service" or "nobody"
    id: str = ""
    session: str = ""
    roles: frozenset[str] = frozenset()

    def require_person(self) -> str:
        """The person's id. Raises ``unauthenticated`` for a service or nobody."""
        if self.kind != "person":
            raise CabinetError("unauthenticated")
        return self.id

    def require_service(self) -> None:
        """Raise ``forbidden`` unless a service asks for itself."""
        if self.kind != "service":
            raise CabinetError("forbidden")

    def require_role(self, *roles: str) -> None:
        """Raise ``forbidden`` unless the subject has one of the roles. The use of it comes into the audit log; so
        does that somebody of staff asked for what another role is needed for."""
        if self.kind == "nobody":
            raise CabinetError("unauthenticated")
        if not self.use_role(*roles):
            audit.mark(self.id, self.roles)
            raise CabinetError("forbidden")

    def use_role(self, *roles: str) -> bool:
        """Has the subject one of the roles? If so, its use comes into the audit log: ask only where it decides."""
        used = self.roles & set(roles)
        audit.mark(self.id, used)
        return bool(used)


NOBODY = Subject("nobody")


class SubjectVerifier:
    """Verifies tokens, remembering the ones it has seen until they expire (a signature costs about 0.1 ms)."""

    def __init__(self, public_key: str, service_key: str) -> None:
        self._public_key = public_key
        self._service_key = service_key
        self._seen: dict[str, tuple[float, Subject]] = {}

    def verify(self, token: str) -> Subject:
        """The subject of a token; NOBODY without one. Raises CabinetError ``unauthenticated``."""
        if not token:
            return NOBODY
        now = time.time()
        seen = self._seen.get(token)
        if seen is not None and seen[0] > now:
            return seen[1]
        expires, subject = self._decode(token)
        if len(self._seen) >= 10_000:
            self._seen.clear()
        self._seen[token] = (expires, subject)
        return subject

    def _decode(self, token: str) -> tuple[float, Subject]:
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
            if algorithm == "HS256":
                claims = jwt.decode(token, self._service_key, algorithms=["HS256"], issuer=SERVICE_ISSUER)
                return claims["exp"], Subject("service", claims["sub"])
            claims = jwt.decode(token, self._public_key, algorithms=["EdDSA"], issuer=ISSUER)
            return claims["exp"], Subject(
                "person", claims["sub"], claims["sid"], frozenset(claims.get("roles", ()))
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            raise CabinetError("unauthenticated") from error


class ServiceTokens:
    """Tokens with which a service speaks for itself."""

    def __init__(self, service: str, service_key: str) -> None:
        self._service = service
        self._key = service_key
        self._token = ""
        self._renew_at = 0.0

    def current(self) -> str:
        """A token that is good for some minutes."""
        now = time.time()
        if now >= self._renew_at:
            claims = {"iss": SERVICE_ISSUER, "sub": self._service, "exp": int(now) + SERVICE_TOKEN_LIFE}
            self._token = jwt.encode(claims, self._key, algorithm="HS256")
            self._renew_at = now + SERVICE_TOKEN_LIFE / 2
        return self._token
