"""Keys and tokens of people and services."""

from __future__ import annotations

import base64
import secrets
import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from authorisation.subject import ISSUER, SERVICE_ISSUER
from contracts.identifiers import new_id


class Tokens:
    """The keys of one test session, and tokens under them."""

    def __init__(self) -> None:
        key = Ed25519PrivateKey.generate()
        self.private_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.public_key = (
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        )
        self.service_key = secrets.token_hex(32)
        self.seal_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

    def person(
        self, person: str | None = None, *roles: str, session: str | None = None, life: int = 600
    ) -> str:
        """A person's access token, as identity signs it; with roles it is a member of staff."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": ISSUER,
            "sub": person or new_id(),
            "sid": session or new_id(),
            "iat": now,
            "exp": now + life,
        }
        if roles:
            claims["roles"] = list(roles)
        return jwt.encode(claims, self.private_key, algorithm="EdDSA")

    def service(self, name: str, life: int = 300) -> str:
        """A service's own token."""
        claims = {"iss": SERVICE_ISSUER, "sub": name, "exp": int(time.time()) + life}
        return jwt.encode(claims, self.service_key, algorithm="HS256")
