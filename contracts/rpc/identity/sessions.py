"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, Request
from contracts.rpc.identity.base import Device, Password, Tokens


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


class SignedIn(Tokens, tag_field="kind", tag="tokens"):
    """Signed in."""


class Challenge(msgspec.Struct, tag_field="kind", tag="challenge"):
    """The password was right, and a second factor is needed: answer with a code within so many seconds."""

    challenge: str
    expires_in: int


SignInOutcome: TypeAlias = Annotated[
    SignedIn | Challenge,
    Meta(title="SignInOutcome", description="Tokens, or a challenge for the second factor."),
]


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
    ended: list[Id]


class RevokedSessions(msgspec.Struct):
    """Sessions that ended since the last look. ``next`` is what to ask after the next time; ``life`` is that of an
    access token, in seconds."""

    sessions: list[Id]
    next: int
    life: int
