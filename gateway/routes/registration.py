"""Registration and confirmation of contacts (ID-1, ID-5)."""

from __future__ import annotations

from typing import Any

from gateway.models.people import (
    Code,
    CodeSent,
    EmailConfirmed,
    NewEmail,
    Providers,
    Registration,
    RegistrationBegun,
    Tokens,
)
from gateway.operations import ANYONE, SIGNED_IN, HttpCall, operation


@operation("GET", "/providers", ANYONE, answer=Providers)
def list_providers(call: HttpCall) -> Any:
    """Suppliers of this deployment, and what each asks for when an account is linked."""
    return call.service("identity").providers()


@operation(
    "POST",
    "/registrations",
    ANYONE,
    body=Registration,
    answer=RegistrationBegun,
    status=202,
    errors=("password_rules", "invalid_phone", "too_many_requests"),
)
def begin_registration(call: HttpCall) -> Any:
    """Begin a registration by phone; an SMS brings a six-digit code."""
    body = call.body
    return call.service("identity").register(
        phone=body.phone,
        password=body.password,
        agreement=body.agreement,
        language=body.language,
        address=call.remote,
    )


@operation(
    "POST",
    "/registrations/{registration}/confirmation",
    ANYONE,
    body=Code,
    answer=Tokens,
    status=201,
    errors=("code_wrong",),
)
def confirm_registration(call: HttpCall) -> Any:
    """Confirm it with the code; the person is signed in."""
    return call.service("identity").confirm_registration(
        registration=call.path["registration"], code=call.body.code
    )


@operation("POST", "/me/email", SIGNED_IN, body=NewEmail, answer=CodeSent, status=202)
def change_email(call: HttpCall) -> Any:
    """A new e-mail address; a code goes there."""
    return call.service("identity").change_email(email=call.body.email)


@operation(
    "POST", "/me/email/confirmation", SIGNED_IN, body=Code, answer=EmailConfirmed, errors=("code_wrong",)
)
def confirm_email(call: HttpCall) -> Any:
    """Confirm the new address."""
    return call.service("identity").confirm_email(code=call.body.code)
