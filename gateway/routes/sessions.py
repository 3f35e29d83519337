"""Signing in and out (ID-3), the second factor (ID-10), one's own profile (ID-5)."""

from __future__ import annotations

from typing import Any

from contracts.errors import CabinetError
from contracts.rpc.identity.base import Tokens
from contracts.rpc.identity.profile import Profile
from contracts.rpc.identity.second_factor import Enrolled, Enrolling, SecondFactor, SecondFactorRemoved
from contracts.rpc.identity.sessions import Sessions, SessionsEnded, SignInOutcome
from gateway.models.people import Refresh, SignIn
from gateway.models.sessions import AppCode, ChallengeAnswer, Enrolment, SignOutQuery
from gateway.operations import ANYONE, SIGNED_IN, HttpRequest, operation


@operation(
    "POST",
    "/sessions",
    ANYONE,
    body=SignIn,
    answer=SignInOutcome,
    status=201,
    errors=("credentials_wrong", "too_many_requests"),
)
def sign_in(request: HttpRequest) -> Any:
    """Sign in by phone or e-mail. Whoever has a second factor gets a challenge and answers it next."""
    body = request.body
    return request.service("identity").sign_in(
        login=body.login, password=body.password, device=request.device
    )


@operation(
    "POST",
    "/sessions/second-factor",
    ANYONE,
    body=ChallengeAnswer,
    answer=Tokens,
    status=201,
    errors=("code_wrong", "too_many_requests"),
)
def answer_challenge(request: HttpRequest) -> Any:
    """The second step of signing in: a code of the authenticator app, or a recovery code. Each is good once."""
    body = request.body
    return request.service("identity").answer_challenge(
        challenge=body.challenge, code=body.code, device=request.device
    )


@operation("POST", "/sessions/refresh", ANYONE, body=Refresh, answer=Tokens, errors=("session_ended",))
def refresh_session(request: HttpRequest) -> Any:
    """The next pair of tokens. A refresh token used twice ends its session; only within 30 s,
    and while the new pair is unused, it gives the same new refresh token again: an answer may be lost on the way."""
    try:
        return request.service("identity").refresh(
            refresh_token=request.body.refresh_token, device=request.device
        )
    except CabinetError as error:
        if error.code == "session_ended":
            request.revocations.add(error.fields.pop("ended", ()))
        raise


@operation("GET", "/sessions", SIGNED_IN, answer=Sessions)
def list_sessions(request: HttpRequest) -> Any:
    """Where one is signed in."""
    return request.service("identity").sessions()


@operation("DELETE", "/sessions/current", SIGNED_IN, answer=SessionsEnded)
def sign_out(request: HttpRequest) -> Any:
    """End this session."""
    answer = _ended(request, request.service("identity").sign_out())
    request.revocations.add([request.subject.session])
    return answer


@operation("DELETE", "/sessions/{session}", SIGNED_IN, answer=SessionsEnded, errors=("not_found",))
def sign_out_session(request: HttpRequest) -> Any:
    """End one of one's own sessions."""
    return _ended(request, request.service("identity").sign_out_session(session=request.path["session"]))


@operation("DELETE", "/sessions", SIGNED_IN, query=SignOutQuery, answer=SessionsEnded)
def sign_out_everywhere(request: HttpRequest) -> Any:
    """End all one's sessions, or all others. Their access tokens are refused within seconds."""
    return _ended(request, request.service("identity").sign_out_everywhere(others_only=request.query.others))


@operation("GET", "/me/second-factor", SIGNED_IN, answer=SecondFactor)
def my_second_factor(request: HttpRequest) -> Any:
    """Whether signing in needs a code."""
    return request.service("identity").second_factor()


@operation(
    "POST",
    "/me/second-factor",
    SIGNED_IN,
    body=Enrolment,
    answer=Enrolling,
    status=201,
    errors=("password_wrong", "code_wrong", "second_factor_needed", "too_many_requests"),
)
def enrol_second_factor(request: HttpRequest) -> Any:
    """A secret for an authenticator app; it counts once it is confirmed with a code."""
    body = request.body
    return request.service("identity").enrol_second_factor(password=body.password, code=body.code)


@operation(
    "POST",
    "/me/second-factor/confirmation",
    SIGNED_IN,
    body=AppCode,
    answer=Enrolled,
    errors=("code_wrong", "too_many_requests"),
)
def confirm_second_factor(request: HttpRequest) -> Any:
    """The app has the secret. The answer has recovery codes; refresh the session for its roles."""
    return request.service("identity").confirm_second_factor(code=request.body.code)


@operation(
    "POST",
    "/me/second-factor/removal",
    SIGNED_IN,
    body=AppCode,
    answer=SecondFactorRemoved,
    errors=("code_wrong", "forbidden", "too_many_requests"),
)
def remove_second_factor(request: HttpRequest) -> Any:
    """Sign in without a code again. Not for staff."""
    return request.service("identity").remove_second_factor(code=request.body.code)


@operation("GET", "/me", SIGNED_IN, answer=Profile)
def my_profile(request: HttpRequest) -> Any:
    """One's own profile."""
    return request.service("identity").me()


def _ended(request: HttpRequest, answer: dict[str, Any]) -> dict[str, Any]:
    request.revocations.add(answer["ended"])
    return answer
