"""The second factor (ID-10)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.rpc.base import END, Request, SixDigits
from contracts.rpc.identity.base import Device, Password


class AnswerRequest(Request, frozen=True, kw_only=True):
    """The second step of a sign-in. ``device`` is the caller's User-Agent."""

    challenge: Annotated[str, Meta(max_length=128)]
    code: Annotated[str, Meta(pattern="^[0-9A-Za-z -]{6,40}" + END)]
    device: Device = ""


class EnrolRequest(Request, frozen=True, kw_only=True):
    """With the password, and a code of the second factor that is there already."""

    password: Password
    code: Annotated[str, Meta(pattern="^([0-9A-Za-z -]{6,40})?" + END)] = ""


class ConfirmRequest(Request, frozen=True, kw_only=True):
    """A code of the app."""

    code: SixDigits


class RemoveRequest(Request, frozen=True, kw_only=True):
    """With a code."""

    code: Annotated[str, Meta(pattern="^[0-9A-Za-z -]{6,40}" + END)]
