"""Signing in in two steps, sessions, the second factor (ID-3, ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.identity.base import Password


class ChallengeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits of the authenticator app, or a recovery code."""

    challenge: Annotated[str, Meta(max_length=128)]
    code: Annotated[str, Meta(min_length=6, max_length=40)]


class SignOutQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``others``: all but this one."""

    others: bool = False


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password again, and a code of the second factor that is in use, if there is one."""

    password: Password
    code: Annotated[str, Meta(max_length=40)] = ""


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app."""

    code: Annotated[str, Meta(min_length=6, max_length=40)]
