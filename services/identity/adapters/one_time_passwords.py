"""Codes by time (RFC 6238), by pyotp, as every authenticator app makes them."""

from __future__ import annotations

import pyotp

from services.identity.adapters import secrets
from services.identity.domain.second_factor import RECOVERY_CODES

ISSUER = "Cabinet"
RECOVERY_BITS = 80  # too many to search for, even with the digests at hand


def new_secret() -> str:
    """160 bits in base 32, as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def otpauth_uri(secret: str, account: str) -> str:
    """What an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def matching_step(secret: str, code: str, steps: list[int]) -> int | None:
    """The step that the code belongs to. Every step is compared, so that time does not tell which."""
    made = pyotp.HOTP(secret)
    found = None
    for step in steps:
        if secrets.same(made.at(step), code):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Sixteen letters and digits each, in fours."""
    made = (pyotp.random_base32(32)[: RECOVERY_BITS // 5] for _ in range(RECOVERY_CODES))
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in made]
