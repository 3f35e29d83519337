"""Recovering a password (ID-4)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Request, SixDigits
from contracts.rpc.identity.base import Password
from contracts.rpc.words import Language


class RecoverRequest(Request, frozen=True, kw_only=True):
    """By phone or e-mail."""

    login: Annotated[str, Meta(max_length=254)]
    language: Language = "ru"


class RecoveredRequest(Request, frozen=True, kw_only=True):
    """The code that came, and the new password."""

    recovery: UUID
    code: SixDigits
    password: Password


class RecoveryBegun(msgspec.Struct):
    """A code is on its way, if the address is registered."""

    recovery: Id


class Recovered(msgspec.Struct):
    """The new password counts; all sessions have ended."""

    recovered: bool
