"""Signing in and out (ID-3), one's own profile (ID-5)."""

from __future__ import annotations

from typing import Any

from gateway.models.people import Profile, Refresh, SignedOut, SignIn, Tokens
from gateway.operations import ANYONE, SIGNED_IN, HttpCall, operation


@operation("POST", "/sessions", ANYONE, body=SignIn, answer=Tokens, status=201, errors=("credentials_wrong",))
def sign_in(call: HttpCall) -> Any:
    """Sign in by phone or e-mail."""
    return call.service("identity").sign_in(login=call.body.login, password=call.body.password)


@operation("POST", "/sessions/refresh", ANYONE, body=Refresh, answer=Tokens, errors=("session_ended",))
def refresh_session(call: HttpCall) -> Any:
    """The next pair of tokens. A refresh token used twice ends its session."""
    return call.service("identity").refresh(refresh_token=call.body.refresh_token)


@operation("DELETE", "/sessions/current", SIGNED_IN, answer=SignedOut)
def sign_out(call: HttpCall) -> Any:
    """End this session."""
    return call.service("identity").sign_out()


@operation("GET", "/me", SIGNED_IN, answer=Profile)
def my_profile(call: HttpCall) -> Any:
    """One's own profile."""
    return call.service("identity").me()
