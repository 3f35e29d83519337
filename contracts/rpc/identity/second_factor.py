"""The second factor (ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import END, Request, SixDigits
from contracts.rpc.identity.base import Device, Password

#: Six digits of an app, or a recovery code, as it was typed.
FactorCode = Annotated[str, Meta(pattern="^[0-9A-Za-z -]{6,40}" + END)]
#: The same, or nothing.
FactorCodeIfAny = Annotated[str, Meta(pattern="^([0-9A-Za-z -]{6,40})?" + END)]


class AnswerRequest(Request, frozen=True, kw_only=True):
    """The second step of a sign-in. ``device`` is the caller's User-Agent."""

    challenge: Annotated[str, Meta(max_length=128)]
    code: FactorCode
    device: Device = ""


class EnrolRequest(Request, frozen=True, kw_only=True):
    """With the password, and a code of the second factor that is there already."""

    password: Password
    code: FactorCodeIfAny = ""


class ConfirmRequest(Request, frozen=True, kw_only=True):
    """A code of the app."""

    code: SixDigits


class RemoveRequest(Request, frozen=True, kw_only=True):
    """With a code."""

    code: FactorCode


class SecondFactor(msgspec.Struct):
    """Whether signing in needs a code, and how many recovery codes are unused."""

    confirmed: bool
    recovery_codes_left: int


class Enrolling(msgspec.Struct):
    """For an authenticator app: as a QR code, or typed in."""

    secret: str
    uri: str


class Enrolled(msgspec.Struct):
    """It counts. The recovery codes are shown this once; roles come with the next refresh."""

    confirmed: bool
    recovery_codes: list[str]


class SecondFactorRemoved(msgspec.Struct):
    """Signing in needs no code any more."""

    removed: bool
