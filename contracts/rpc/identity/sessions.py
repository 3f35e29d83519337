"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, Request
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


class SignedIn(msgspec.Struct):
    """Tokens, or with ``second_factor`` ``needed`` a challenge to answer with a code within some minutes."""

    second_factor: str
    roles: list[str]
    person: str | None = None
    access_token: str | None = None
    token_type: str | None = None
    expires_in: int | None = None
    refresh_token: str | None = None
    challenge: str | None = None
    challenge_expires_in: int | None = None


class Session(msgspec.Struct):
    """Where somebody is signed in. ``used_at``: when its tokens were last renewed; ``network`` is cut short."""

    session: Id
    created_at: Moment
    used_at: Moment
    device: str
    network: str
    second_factor: bool
    current: bool


class Sessions(msgspec.Struct):
    """The last used first."""

    sessions: list[Session]


class SessionsEnded(msgspec.Struct):
    """Ids of the sessions that ended."""

    signed_out: bool
    ended: list[str]


class RevokedSessions(msgspec.Struct):
    """Sessions that ended since the last look. ``next`` is what to ask after the next time; ``life`` is that of an
    access token, in seconds."""

    sessions: list[str]
    next: int
    life: int
