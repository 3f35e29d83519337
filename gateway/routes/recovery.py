"""Recovering a password (ID-4)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.identity.recovery import Recovered, RecoveryBegun
from gateway.models.people import NewRecovery, RecoveryCode
from gateway.operations import ANYONE, HttpRequest, operation


@operation(
    "POST",
    "/recoveries",
    ANYONE,
    body=NewRecovery,
    answer=RecoveryBegun,
    status=202,
    errors=("invalid_phone", "too_many_requests"),
)
def begin_recovery(request: HttpRequest) -> Any:
    """Ask for a code by phone or e-mail. The answer does not tell whether the address is registered."""
    return request.service("identity").recover(login=request.body.login, language=request.body.language)


@operation(
    "POST",
    "/recoveries/{recovery}/confirmation",
    ANYONE,
    body=RecoveryCode,
    answer=Recovered,
    errors=("code_wrong", "password_rules", "too_many_requests"),
)
def confirm_recovery(request: HttpRequest) -> Any:
    """Set a new password with the code. All sessions end; sign in with the new password."""
    return request.service("identity").confirm_recovery(
        recovery=request.path["recovery"], code=request.body.code, password=request.body.password
    )
