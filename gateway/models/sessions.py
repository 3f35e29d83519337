"""Signing in in two steps, sessions, the second factor (ID-3, ID-10)."""

from __future__ import annotations

import msgspec

from gateway.models.moment import Moment


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


class ChallengeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits of the authenticator app, or a recovery code."""

    challenge: str
    code: str


class Session(msgspec.Struct):
    """Where somebody is signed in. ``used_at``: when its tokens were last renewed; ``network`` is cut short."""

    session: str
    created_at: Moment
    used_at: Moment
    device: str
    network: str
    second_factor: bool
    current: bool


class Sessions(msgspec.Struct):
    """The last used first."""

    sessions: list[Session]


class SignOutQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``others``: all but this one."""

    others: bool = False


class SessionsEnded(msgspec.Struct):
    """Ids of the sessions that ended."""

    signed_out: bool
    ended: list[str]


class SecondFactor(msgspec.Struct):
    """Whether signing in needs a code, and how many recovery codes are unused."""

    confirmed: bool
    recovery_codes_left: int


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password again, and a code of the second factor that is in use, if there is one."""

    password: str
    code: str = ""


class Enrolling(msgspec.Struct):
    """For an authenticator app: as a QR code, or typed in."""

    secret: str
    uri: str


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app."""

    code: str


class Enrolled(msgspec.Struct):
    """It counts. The recovery codes are shown this once; roles come with the next refresh."""

    confirmed: bool
    recovery_codes: list[str]


class SecondFactorRemoved(msgspec.Struct):
    """Signing in needs no code any more."""

    removed: bool
