"""Signing in in two steps, sessions, the second factor (ID-3, ID-10)."""

from __future__ import annotations

import msgspec


class ChallengeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits of the authenticator app, or a recovery code."""

    challenge: str
    code: str


class SignOutQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``others``: all but this one."""

    others: bool = False


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password again, and a code of the second factor that is in use, if there is one."""

    password: str
    code: str = ""


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app."""

    code: str
