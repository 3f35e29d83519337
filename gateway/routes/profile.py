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
from gateway.operations import ANYONE, SIGNED_IN, Document, HttpCall, operation

# Services wait for each other here: the slowest part of one's data may take its time.
GATHERING = 20.0
ASKS_PASSWORD = ("password_wrong", "too_many_requests")


@operation("PATCH", "/me", SIGNED_IN, body=ProfileChange, answer=Profile, errors=("birth_date_impossible",))
def change_profile(call: HttpCall) -> Any:
    """Change some of one's profile; what is left out stays."""
    return call.service("identity").change_profile(**msgspec.to_builtins(call.body))


@operation("DELETE", "/me", SIGNED_IN, body=Erase, answer=Erased, errors=("staff_not_erased", *ASKS_PASSWORD))
def erase_me(call: HttpCall) -> Any:
    """Have everything erased that names oneself; the answer says what law keeps. It cannot be undone."""
    return call.service("identity").erase_me(password=call.body.password)


@operation(
    "GET",
    "/me/personal-data",
    SIGNED_IN,
    answer=PersonalData,
    errors=("too_many_requests",),
    deadline=GATHERING,
)
def my_personal_data(call: HttpCall) -> Any:
    """Download all that is held on oneself."""
    held = call.service("identity", GATHERING).personal_data()
    return Document(msgspec.json.format(msgspec.json.encode(held)), "application/json", "personal-data.json")


# --- contacts ---------------------------------------------------------------------------------------------------------


@operation("POST", "/me/email", SIGNED_IN, body=NewEmail, answer=CodeSent, status=202, errors=ASKS_PASSWORD)
def change_email(call: HttpCall) -> Any:
    """A new e-mail address; a code goes there."""
    return call.service("identity").change_email(email=call.body.email, password=call.body.password)


@operation(
    "POST",
    "/me/email/confirmation",
    SIGNED_IN,
    body=Code,
    answer=EmailConfirmed,
    errors=("code_wrong", "contact_taken", "too_many_requests"),
)
def confirm_email(call: HttpCall) -> Any:
    """Confirm the new address."""
    return call.service("identity").confirm_email(code=call.body.code)


@operation(
    "POST",
    "/me/phone",
    SIGNED_IN,
    body=NewPhone,
    answer=CodeSent,
    status=202,
    errors=("invalid_phone", *ASKS_PASSWORD),
)
def change_phone(call: HttpCall) -> Any:
    """A new phone; a code goes there."""
    return call.service("identity").change_phone(phone=call.body.phone, password=call.body.password)


@operation(
    "POST",
    "/me/phone/confirmation",
    SIGNED_IN,
    body=Code,
    answer=PhoneConfirmed,
    errors=("code_wrong", "contact_taken", "too_many_requests"),
)
def confirm_phone(call: HttpCall) -> Any:
    """Confirm the new phone. In place of another it counts a day later; until then the old contacts can stop it."""
    return call.service("identity").confirm_phone(code=call.body.code)


@operation("DELETE", "/me/phone/change", SIGNED_IN, answer=ChangeCancelled, errors=("no_change_waiting",))
def cancel_phone_change(call: HttpCall) -> Any:
    """Take back a change of phone that waits."""
    return call.service("identity").cancel_phone_change()


@operation(
    "POST",
    "/phone-changes/stop",
    ANYONE,
    body=LinkToken,
    answer=ChangeCancelled,
    errors=("link_wrong", "too_many_requests"),
)
def stop_phone_change_by_link(call: HttpCall) -> Any:
    """Stop a change of phone with the link that came by mail; all sessions end."""
    return call.service("identity").stop_phone_change_by_link(token=call.body.token)


@operation(
    "POST",
    "/phone-changes/stop-by-code",
    ANYONE,
    body=PhoneAndCode,
    answer=ChangeCancelled,
    errors=("code_wrong", "invalid_phone", "too_many_requests"),
)
def stop_phone_change_by_code(call: HttpCall) -> Any:
    """Stop a change of phone with the code that came to the old one; all sessions end."""
    return call.service("identity").stop_phone_change_by_code(phone=call.body.phone, code=call.body.code)


@operation(
    "POST",
    "/me/password",
    SIGNED_IN,
    body=NewPassword,
    answer=PasswordSet,
    errors=("password_rules", *ASKS_PASSWORD),
)
def change_password(call: HttpCall) -> Any:
    """A new password for the old one; other sessions end."""
    return call.service("identity").change_password(old=call.body.old, new=call.body.new)


# --- consents ---------------------------------------------------------------------------------------------------------


@operation("GET", "/me/consents", SIGNED_IN, answer=Consents)
def my_consents(call: HttpCall) -> Any:
    """Every consent, given or taken back."""
    return call.service("identity").consents()


@operation(
    "POST", "/me/consents", SIGNED_IN, body=NewConsent, answer=ConsentGiven, errors=("consent_unknown",)
)
def give_consent(call: HttpCall) -> Any:
    """Consent to a version of a document."""
    return call.service("identity").give_consent(document=call.body.document, version=call.body.version)


@operation(
    "POST",
    "/me/consents/revocation",
    SIGNED_IN,
    body=OneDocument,
    answer=ConsentRevoked,
    errors=("agreement_needed", "consent_not_given"),
)
def revoke_consent(call: HttpCall) -> Any:
    """Take a consent back; the answer says what follows."""
    return call.service("identity").revoke_consent(document=call.body.document)
