"""Signing in in two steps, sessions, the second factor (ID-3, ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.identity.base import Password
from contracts.rpc.identity.second_factor import FactorCode, FactorCodeIfAny


class ChallengeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits of the authenticator app, or a recovery code."""

    challenge: Annotated[str, Meta(max_length=128)]
    code: FactorCode


class SignOutQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``others``: all but this one."""

    others: bool = False


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password again, and a code of the second factor that is in use, if there is one."""

    password: Password
    code: FactorCodeIfAny = ""


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app."""

    code: FactorCode
