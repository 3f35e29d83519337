"""Passwords, one-time codes and tokens: hashed, compared and signed by libraries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from typing import Any

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from authorisation.subject import ISSUER
from chassis.offload import offload

_hasher = PasswordHasher()
# What a wrong name is checked against, so that it takes as long as a wrong password.
_DUMMY = _hasher.hash("Nobody's password 1")


def hash_password(password: str) -> str:
    """argon2id with the library's parameters."""
    return offload(_hasher.hash, password)


def password_matches(hashed: str | None, password: str) -> bool:
    """True if it does. Without a hash it takes the same time and is false."""

    def check() -> bool:
        try:
            return _hasher.verify(hashed or _DUMMY, password) and hashed is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    return offload(check)


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_secret() -> str:
    """A refresh token or link secret."""
    return secrets.token_urlsafe(32)


def digest(secret: str, salt: str) -> str:
    """How codes and tokens are stored; the salt is the row's id."""
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare without telling by time."""
    return hmac.compare_digest(one, other)


class AccessTokens:
    """Signs access tokens, of which everyone else only holds the public key, and marks refresh tokens."""

    def __init__(self, private_key: str) -> None:
        self._key = private_key
        self._successor_key = hashlib.sha256(b"refresh successors under " + private_key.encode()).digest()
        self._refresh_key = hashlib.sha256(b"refresh tokens under " + private_key.encode()).digest()

    def new_refresh(self, session: str) -> str:
        """The secret part of a refresh token. It carries a mark of ours, so that any token that was good once is
        known for ever without being kept, and its reuse noticed."""
        return self._marked(session, new_secret())

    def next_refresh(self, session: str, secret: str) -> str:
        """The one that follows ``secret``: always the same, and not to be told from it by who has no key."""
        derived = hmac.new(self._successor_key, f"{session}:{secret}".encode(), hashlib.sha256).digest()
        return self._marked(session, base64.urlsafe_b64encode(derived).rstrip(b"=").decode())

    def issued_refresh(self, session: str, secret: str) -> bool:
        """True for every secret that ``new_refresh`` ever gave for the session."""
        chance, _, mark = secret.rpartition(".")
        return same(self._mark(session, chance), mark) if mark.isascii() else False

    def _marked(self, session: str, chance: str) -> str:
        return f"{chance}.{self._mark(session, chance)}"

    def _mark(self, session: str, chance: str) -> str:
        return hmac.new(self._refresh_key, f"{session}:{chance}".encode(), hashlib.sha256).hexdigest()[:32]

    def issue(self, person: str, session: str, roles: list[str], life: timedelta) -> str:
        """A token that is good for so long."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": person,
            "sid": session,
            "iat": now,
            "exp": now + int(life.total_seconds()),
        }
        if roles:
            claims["roles"] = roles
        return jwt.encode(claims, self._key, algorithm="EdDSA")
