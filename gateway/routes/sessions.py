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
from gateway.operations import ANYONE, SIGNED_IN, HttpCall, operation


@operation(
    "POST",
    "/sessions",
    ANYONE,
    body=SignIn,
    answer=SignInOutcome,
    status=201,
    errors=("credentials_wrong", "too_many_requests"),
)
def sign_in(call: HttpCall) -> Any:
    """Sign in by phone or e-mail. Whoever has a second factor gets a challenge and answers it next."""
    body = call.body
    return call.service("identity").sign_in(login=body.login, password=body.password, device=call.device)


@operation(
    "POST",
    "/sessions/second-factor",
    ANYONE,
    body=ChallengeAnswer,
    answer=Tokens,
    status=201,
    errors=("code_wrong", "too_many_requests"),
)
def answer_challenge(call: HttpCall) -> Any:
    """The second step of signing in: a code of the authenticator app, or a recovery code. Each is good once."""
    body = call.body
    return call.service("identity").answer_challenge(
        challenge=body.challenge, code=body.code, device=call.device
    )


@operation("POST", "/sessions/refresh", ANYONE, body=Refresh, answer=Tokens, errors=("session_ended",))
def refresh_session(call: HttpCall) -> Any:
    """The next pair of tokens. A refresh token used twice ends its session; only within 30 s,
    and while the new pair is unused, it gives the same new refresh token again: an answer may be lost on the way."""
    try:
        return call.service("identity").refresh(refresh_token=call.body.refresh_token, device=call.device)
    except CabinetError as error:
        if error.code == "session_ended":
            call.revocations.add(error.fields.pop("ended", ()))
        raise


@operation("GET", "/sessions", SIGNED_IN, answer=Sessions)
def list_sessions(call: HttpCall) -> Any:
    """Where one is signed in."""
    return call.service("identity").sessions()


@operation("DELETE", "/sessions/current", SIGNED_IN, answer=SessionsEnded)
def sign_out(call: HttpCall) -> Any:
    """End this session."""
    answer = _ended(call, call.service("identity").sign_out())
    call.revocations.add([call.subject.session])
    return answer


@operation("DELETE", "/sessions/{session}", SIGNED_IN, answer=SessionsEnded, errors=("not_found",))
def sign_out_session(call: HttpCall) -> Any:
    """End one of one's own sessions."""
    return _ended(call, call.service("identity").sign_out_session(session=call.path["session"]))


@operation("DELETE", "/sessions", SIGNED_IN, query=SignOutQuery, answer=SessionsEnded)
def sign_out_everywhere(call: HttpCall) -> Any:
    """End all one's sessions, or all others. Their access tokens are refused within seconds."""
    return _ended(call, call.service("identity").sign_out_everywhere(others_only=call.query.others))


@operation("GET", "/me/second-factor", SIGNED_IN, answer=SecondFactor)
def my_second_factor(call: HttpCall) -> Any:
    """Whether signing in needs a code."""
    return call.service("identity").second_factor()


@operation(
    "POST",
    "/me/second-factor",
    SIGNED_IN,
    body=Enrolment,
    answer=Enrolling,
    status=201,
    errors=("password_wrong", "code_wrong", "second_factor_needed", "too_many_requests"),
)
def enrol_second_factor(call: HttpCall) -> Any:
    """A secret for an authenticator app; it counts once it is confirmed with a code."""
    body = call.body
    return call.service("identity").enrol_second_factor(password=body.password, code=body.code)


@operation(
    "POST",
    "/me/second-factor/confirmation",
    SIGNED_IN,
    body=AppCode,
    answer=Enrolled,
    errors=("code_wrong", "too_many_requests"),
)
def confirm_second_factor(call: HttpCall) -> Any:
    """The app has the secret. The answer has recovery codes; refresh the session for its roles."""
    return call.service("identity").confirm_second_factor(code=call.body.code)


@operation(
    "POST",
    "/me/second-factor/removal",
    SIGNED_IN,
    body=AppCode,
    answer=SecondFactorRemoved,
    errors=("code_wrong", "forbidden", "too_many_requests"),
)
def remove_second_factor(call: HttpCall) -> Any:
    """Sign in without a code again. Not for staff."""
    return call.service("identity").remove_second_factor(code=call.body.code)


@operation("GET", "/me", SIGNED_IN, answer=Profile)
def my_profile(call: HttpCall) -> Any:
    """One's own profile."""
    return call.service("identity").me()


def _ended(call: HttpCall, answer: dict[str, Any]) -> dict[str, Any]:
    call.revocations.add(answer["ended"])
    return answer
