"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Request
from contracts.rpc.identity.base import Device, Password


class SignInRequest(Request, frozen=True, kw_only=True):
    """By phone or e-mail. ``device`` is the caller's User-Agent."""

    login: Annotated[str, Meta(max_length=254)]
    password: Password
    device: Device = ""


class RefreshRequest(Request, frozen=True, kw_only=True):
    """A refresh token is used once."""

    refresh_token: Annotated[str, Meta(max_length=256)]
    device: Device = ""


class SessionRequest(Request, frozen=True, kw_only=True):
    """One session."""

    session: UUID


class EverywhereRequest(Request, frozen=True, kw_only=True):
    """All sessions, or all but this one."""

    others_only: bool = False


class EndedRequest(Request, frozen=True, kw_only=True):
    """What a gateway asks: what ended after its last look (0 at first)."""

    after: Annotated[int, Meta(ge=0, le=2**62)] = 0
