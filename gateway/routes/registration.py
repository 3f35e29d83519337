"""Registering (ID-1), the rules of passwords (ID-2)."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.rpc.identity.accounts import Providers
from contracts.rpc.identity.registration import PasswordChecked, Registered, RegistrationBegun
from gateway.models.people import Code, EmailRegistration, LinkToken, PasswordTyped, Registration
from gateway.operations import ANYONE, HttpRequest, operation

BEGINNING = ("password_rules", "too_many_requests", "consent_required", "consent_unknown", "unknown_provider")


@operation("GET", "/providers", ANYONE, answer=Providers)
def list_providers(request: HttpRequest) -> Any:
    """Suppliers of this deployment, and what each asks for when an account is linked."""
    return request.service("identity").providers()


@operation("POST", "/password-check", ANYONE, body=PasswordTyped, answer=PasswordChecked)
def check_password(request: HttpRequest) -> Any:
    """Which rules a password breaks, so that a form can tick them while it is typed. Nothing is kept."""
    return request.service("identity").check_password(password=request.body.password)


@operation(
    "POST",
    "/registrations",
    ANYONE,
    body=Registration,
    answer=RegistrationBegun,
    status=202,
    errors=("invalid_phone", *BEGINNING),
)
def begin_registration(request: HttpRequest) -> Any:
    """Begin a registration by phone; an SMS brings a six-digit code."""
    return request.service("identity").register(**msgspec.to_builtins(request.body), address=request.remote)


@operation(
    "POST",
    "/registrations/email",
    ANYONE,
    body=EmailRegistration,
    answer=RegistrationBegun,
    status=202,
    errors=BEGINNING,
)
def begin_registration_by_email(request: HttpRequest) -> Any:
    """Begin a registration by e-mail; a mail brings a link."""
    return request.service("identity").register_by_email(
        **msgspec.to_builtins(request.body), address=request.remote
    )


@operation(
    "POST",
    "/registrations/{registration}/code",
    ANYONE,
    answer=RegistrationBegun,
    status=202,
    errors=("not_found", "too_many_requests"),
)
def send_registration_again(request: HttpRequest) -> Any:
    """Another code or link; the one before is good no more."""
    return request.service("identity").send_registration_again(registration=request.path["registration"])


@operation(
    "POST",
    "/registrations/{registration}/confirmation",
    ANYONE,
    body=Code,
    answer=Registered,
    status=201,
    errors=("code_wrong", "too_many_requests"),
)
def confirm_registration(request: HttpRequest) -> Any:
    """Confirm it with the code; the person is signed in."""
    return request.service("identity").confirm_registration(
        registration=request.path["registration"], code=request.body.code
    )


@operation(
    "POST",
    "/registrations/email/confirmation",
    ANYONE,
    body=LinkToken,
    answer=Registered,
    status=201,
    errors=("link_wrong", "too_many_requests"),
)
def confirm_registration_by_link(request: HttpRequest) -> Any:
    """Confirm it with the secret of the link; the person is signed in."""
    return request.service("identity").confirm_registration_by_link(token=request.body.token)
