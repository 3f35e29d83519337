"""Registration by phone (ID-1) and the e-mail address of a person (ID-5)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import ContactConfirmed, PersonRegistered
from contracts.identifiers import new_id
from services.identity.configuration import IdentityTools
from services.identity.domain.states import REGISTRATION, move
from services.identity.handlers.codes import check_code, issue_code
from services.identity.handlers.limits import limit
from services.identity.handlers.sessions import open_session
from services.identity.store import consents, people, registrations


def register(
    call: Call, tools: IdentityTools, phone: str, password_hash: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Begin a registration. The answer is the same whether the phone is registered already or not."""
    limit(call, ("send_code", phone))
    registration = new_id()
    registrations.add_registration(
        call.tx,
        registration,
        phone,
        password_hash,
        request["language"],
        request["agreement"],
        request["address"],
        call.now,
    )
    if people.person_by_login(call.tx, phone) is None:
        issue_code(
            call,
            tools,
            purpose="registration",
            owner=registration,
            channel="phone",
            address=phone,
            language=request["language"],
        )
    return {"registration": registration}


def confirm_registration(
    call: Call, tools: IdentityTools, registration: str, code: str
) -> dict[str, Any] | None:
    """Make the person and sign them in. Refuses a wrong code; the try stays counted."""
    waiting = registrations.registration(call.tx, registration)
    if waiting is None or waiting["state"] != "waiting":
        return call.refuse("code_wrong")
    if check_code(call, registration, "registration", code) is None:
        return call.refuse("code_wrong")
    person, phone = new_id(), waiting["phone"]
    if not people.add_person(
        call.tx,
        person,
        phone=phone,
        email=None,
        password_hash=waiting["password_hash"],
        language=waiting["language"],
        at=call.now,
    ):
        return call.refuse("code_wrong")
    registrations.set_registration_state(
        call.tx, registration, move(REGISTRATION, waiting["state"], "confirmed")
    )
    consents.add_consent(
        call.tx, new_id(), person, "user_agreement", waiting["agreement"], call.now, waiting["address"]
    )
    call.tx.emit(PersonRegistered(person=person, at=call.now, language=waiting["language"]))
    call.tx.emit(
        ContactConfirmed(
            person=person, at=call.now, channel="phone", address=phone, language=waiting["language"]
        )
    )
    return open_session(call, tools, person, [])


def change_email(call: Call, tools: IdentityTools, email: str) -> dict[str, Any]:
    """Send a code to a new address; it counts once confirmed."""
    person = _myself(call)
    limit(call, ("send_code", email))
    issue_code(
        call,
        tools,
        purpose="email",
        owner=str(person["id"]),
        channel="email",
        address=email,
        language=person["language"],
    )
    return {"sent": True}


def confirm_email(call: Call, code: str) -> dict[str, Any] | None:
    """Take the address over. Refuses a wrong code; the try stays counted."""
    person = _myself(call)
    row = check_code(call, str(person["id"]), "email", code)
    if row is None:
        return call.refuse("code_wrong")
    other = people.person_by_login(call.tx, row["address"])
    if other is not None and other["id"] != person["id"]:
        raise CabinetError("contact_taken")
    people.set_email(call.tx, str(person["id"]), row["address"])
    call.tx.emit(
        ContactConfirmed(
            person=str(person["id"]),
            at=call.now,
            channel="email",
            address=row["address"],
            language=person["language"],
        )
    )
    return {"email": row["address"]}


def _myself(call: Call) -> Any:
    if call.subject.kind != "person":
        raise CabinetError("unauthenticated")
    person = people.person(call.tx, call.subject.id)
    if person is None:
        raise CabinetError("unauthenticated")
    return person
