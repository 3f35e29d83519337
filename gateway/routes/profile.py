"""One's own profile, contacts and password (ID-5); consents and personal data (ID-9)."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.rpc.identity.profile import (
    ChangeCancelled,
    CodeSent,
    ConsentGiven,
    ConsentRevoked,
    Consents,
    EmailConfirmed,
    Erased,
    PasswordSet,
    PersonalData,
    PhoneConfirmed,
    Profile,
)
from gateway.models.people import (
    Code,
    Erase,
    LinkToken,
    NewConsent,
    NewEmail,
    NewPassword,
    NewPhone,
    OneDocument,
    PhoneAndCode,
    ProfileChange,
)
from gateway.operations import ANYONE, SIGNED_IN, Document, HttpRequest, operation

# Services wait for each other here: the slowest part of one's data may take its time.
GATHERING = 20.0
ASKS_PASSWORD = ("password_wrong", "too_many_requests")


@operation("PATCH", "/me", SIGNED_IN, body=ProfileChange, answer=Profile, errors=("birth_date_impossible",))
def change_profile(request: HttpRequest) -> Any:
    """Change some of one's profile; what is left out stays."""
    return request.service("identity").change_profile(**msgspec.to_builtins(request.body))


@operation("DELETE", "/me", SIGNED_IN, body=Erase, answer=Erased, errors=("staff_not_erased", *ASKS_PASSWORD))
def erase_me(request: HttpRequest) -> Any:
    """Have everything erased that names oneself; the answer says what law keeps. It cannot be undone."""
    return request.service("identity").erase_me(password=request.body.password)


@operation(
    "GET",
    "/me/personal-data",
    SIGNED_IN,
    answer=PersonalData,
    errors=("too_many_requests",),
    deadline=GATHERING,
)
def my_personal_data(request: HttpRequest) -> Any:
    """Download all that is held on oneself."""
    held = request.service("identity", GATHERING).personal_data()
    return Document(msgspec.json.format(msgspec.json.encode(held)), "application/json", "personal-data.json")


# --- contacts ---------------------------------------------------------------------------------------------------------


@operation("POST", "/me/email", SIGNED_IN, body=NewEmail, answer=CodeSent, status=202, errors=ASKS_PASSWORD)
def change_email(request: HttpRequest) -> Any:
    """A new e-mail address; a code goes there."""
    return request.service("identity").change_email(email=request.body.email, password=request.body.password)


@operation(
    "POST",
    "/me/email/confirmation",
    SIGNED_IN,
    body=Code,
    answer=EmailConfirmed,
    errors=("code_wrong", "contact_taken", "too_many_requests"),
)
def confirm_email(request: HttpRequest) -> Any:
    """Confirm the new address."""
    return request.service("identity").confirm_email(code=request.body.code)


@operation(
    "POST",
    "/me/phone",
    SIGNED_IN,
    body=NewPhone,
    answer=CodeSent,
    status=202,
    errors=("invalid_phone", *ASKS_PASSWORD),
)
def change_phone(request: HttpRequest) -> Any:
    """A new phone; a code goes there."""
    return request.service("identity").change_phone(phone=request.body.phone, password=request.body.password)


@operation(
    "POST",
    "/me/phone/confirmation",
    SIGNED_IN,
    body=Code,
    answer=PhoneConfirmed,
    errors=("code_wrong", "contact_taken", "too_many_requests"),
)
def confirm_phone(request: HttpRequest) -> Any:
    """Confirm the new phone. In place of another it counts a day later; until then the old contacts can stop it."""
    return request.service("identity").confirm_phone(code=request.body.code)


@operation("DELETE", "/me/phone/change", SIGNED_IN, answer=ChangeCancelled, errors=("no_change_waiting",))
def cancel_phone_change(request: HttpRequest) -> Any:
    """Take back a change of phone that waits."""
    return request.service("identity").cancel_phone_change()


@operation(
    "POST",
    "/phone-changes/stop",
    ANYONE,
    body=LinkToken,
    answer=ChangeCancelled,
    errors=("link_wrong", "too_many_requests"),
)
def stop_phone_change_by_link(request: HttpRequest) -> Any:
    """Stop a change of phone with the link that came by mail; all sessions end."""
    return request.service("identity").stop_phone_change_by_link(token=request.body.token)


@operation(
    "POST",
    "/phone-changes/stop-by-code",
    ANYONE,
    body=PhoneAndCode,
    answer=ChangeCancelled,
    errors=("code_wrong", "invalid_phone", "too_many_requests"),
)
def stop_phone_change_by_code(request: HttpRequest) -> Any:
    """Stop a change of phone with the code that came to the old one; all sessions end."""
    return request.service("identity").stop_phone_change_by_code(
        phone=request.body.phone, code=request.body.code
    )


@operation(
    "POST",
    "/me/password",
    SIGNED_IN,
    body=NewPassword,
    answer=PasswordSet,
    errors=("password_rules", *ASKS_PASSWORD),
)
def change_password(request: HttpRequest) -> Any:
    """A new password for the old one; other sessions end."""
    return request.service("identity").change_password(old=request.body.old, new=request.body.new)


# --- consents ---------------------------------------------------------------------------------------------------------


@operation("GET", "/me/consents", SIGNED_IN, answer=Consents)
def my_consents(request: HttpRequest) -> Any:
    """Every consent, given or taken back."""
    return request.service("identity").consents()


@operation(
    "POST", "/me/consents", SIGNED_IN, body=NewConsent, answer=ConsentGiven, errors=("consent_unknown",)
)
def give_consent(request: HttpRequest) -> Any:
    """Consent to a version of a document."""
    return request.service("identity").give_consent(
        document=request.body.document, version=request.body.version
    )


@operation(
    "POST",
    "/me/consents/revocation",
    SIGNED_IN,
    body=OneDocument,
    answer=ConsentRevoked,
    errors=("agreement_needed", "consent_not_given"),
)
def revoke_consent(request: HttpRequest) -> Any:
    """Take a consent back; the answer says what follows."""
    return request.service("identity").revoke_consent(document=request.body.document)
