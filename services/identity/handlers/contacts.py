"""A new phone or e-mail address of a person (ID-5): confirmed by a code; a phone in place of another has to wait."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.events.identity import ContactConfirmed
from contracts.identifiers import new_id
from contracts.rpc.identity import profile as rpc
from services.identity.adapters import phones
from services.identity.configuration import IdentityTools
from services.identity.domain.contacts import shown
from services.identity.domain.states import CONTACT_CHANGE, SESSION
from services.identity.handlers.codes import (
    check_code,
    check_link,
    issue_code,
    issue_link,
    limit_sends,
    limit_tries,
    owner_of_link,
)
from services.identity.handlers.password_checks import check_own
from services.identity.handlers.profile import myself
from services.identity.store import contact_changes, people, sessions

# Both stop a change that waits: the code that the old phone gets, the link that the e-mail address gets.
STOP_CODE, STOP_LINK = "phone_change", "phone_change_link"
STOP_PAGE = "phone-change"


def change_email(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.EmailRequest
) -> dict[str, Any]:
    """Send a code to a new e-mail address, whoever has it. Raises ``password_wrong``, ``too_many_requests``."""
    check_own(service, subject, request.password)
    with service.begin(subject) as ctx:
        return _begin(ctx, tools, "email", request.email.lower())


def change_phone(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.PhoneRequest
) -> dict[str, Any]:
    """Send a code to a new phone, whoever has it. Raises ``invalid_phone``, ``password_wrong``,
    ``too_many_requests``."""
    phone = phones.normalise(request.phone)
    check_own(service, subject, request.password)
    with service.begin(subject) as ctx:
        return _begin(ctx, tools, "phone", phone)


def _begin(ctx: RequestContext, tools: IdentityTools, channel: str, contact: str) -> dict[str, Any]:
    person = myself(ctx)
    limit_sends(ctx, channel, contact)
    issue_code(
        ctx,
        tools,
        purpose=channel,
        owner=str(person["id"]),
        channel=channel,
        address=contact,
        language=person["language"],
    )
    return {"sent": True}


def confirm_change(ctx: RequestContext, tools: IdentityTools, channel: str, code: str) -> dict[str, Any]:
    """Take the address over, or let a phone wait. Refuses a wrong code (the try stays counted) and ``contact_taken``.

    The answer: ``phone`` or ``email`` as it is now; of a phone also ``change``: what waits (see domain/contacts.py) or
    None.
    """
    limit_tries(ctx)
    person = myself(ctx, lock=True)
    row = check_code(ctx, str(person["id"]), channel, code)
    if row is None:
        return ctx.refuse("code_wrong")
    contact, old = row["address"], person[channel]
    owner = people.person_by_login(ctx.tx, contact)
    if owner is not None and owner["id"] != person["id"]:
        return ctx.refuse("contact_taken")
    if channel == "phone" and old not in (None, contact) and tools.phone_change_delay:
        return {channel: old, "change": _wait(ctx, tools, person, contact)}
    if not _take(ctx, person, channel, contact):
        return ctx.refuse("contact_taken")
    return {channel: contact} | ({"change": None} if channel == "phone" else {})


def stop_by_link(ctx: RequestContext, token: str) -> dict[str, Any]:
    """The owner of the e-mail address objects, with one click: the phone stays, and all sessions end, since whoever
    asked for the change knew the password. Refuses ``link_wrong``."""
    limit_tries(ctx)
    owner = owner_of_link(ctx, token, STOP_LINK)
    change = contact_changes.change(ctx.tx, owner) if owner else None
    if change is None or change["state"] != "waiting" or check_link(ctx, token, STOP_LINK) is None:
        return ctx.refuse("link_wrong")
    return _stop(ctx, change)


def stop_by_code(ctx: RequestContext, request: rpc.StopByCodeRequest) -> dict[str, Any]:
    """The owner of the old phone objects, with the code that came there. Refuses ``code_wrong``."""
    phone = phones.normalise(request.phone)
    limit_tries(ctx)
    change = contact_changes.waiting_for_old(ctx.tx, phone)
    if change is None or check_code(ctx, str(change["id"]), STOP_CODE, request.code) is None:
        return ctx.refuse("code_wrong")
    return _stop(ctx, change)


def stop_mine(ctx: RequestContext) -> dict[str, Any]:
    """Whoever asked for it does not want it any more. Raises ``no_change_waiting``."""
    person = myself(ctx)
    change = contact_changes.waiting(ctx.tx, str(person["id"]))
    if change is None:
        raise CabinetError("no_change_waiting")
    _end(ctx, change, "cancelled")
    return {"cancelled": True}


def apply_due(service: ServiceContext) -> None:
    """Phones whose day has come, one transaction each; an address that somebody else has by now is refused."""
    with service.begin() as ctx:
        due = contact_changes.due(ctx.tx, ctx.now)
    for row in due:
        with service.begin() as ctx:
            person = people.person(ctx.tx, row["person"], lock=True)
            change = contact_changes.change(ctx.tx, row["id"])
            if person is None or change is None or change["state"] != "waiting":
                continue
            taken = _take(ctx, person, change["channel"], change["new_contact"])
            _end(ctx, change, "due" if taken else "taken")


def _wait(ctx: RequestContext, tools: IdentityTools, person: Any, contact: str) -> dict[str, str]:
    before = contact_changes.waiting(ctx.tx, str(person["id"]))
    if before is not None:
        _end(ctx, before, "replaced")
    change, takes_effect_at = new_id(), ctx.now + tools.phone_change_delay
    contact_changes.add_change(
        ctx.tx,
        change,
        person=str(person["id"]),
        channel="phone",
        old_contact=person["phone"],
        new_contact=contact,
        at=ctx.now,
        takes_effect_at=takes_effect_at,
    )
    told: dict[str, Any] = {
        "owner": change,
        "language": person["language"],
        "life": tools.phone_change_delay,
    }
    issue_code(ctx, tools, purpose=STOP_CODE, channel="phone", address=person["phone"], **told)
    if person["email"] is not None:
        issue_link(
            ctx, tools, purpose=STOP_LINK, channel="email", address=person["email"], page=STOP_PAGE, **told
        )
    return shown(contact, takes_effect_at)


def _take(ctx: RequestContext, person: Any, channel: str, contact: str) -> bool:
    if not people.set_contact(ctx.tx, str(person["id"]), channel, contact):
        return False
    ctx.tx.emit(
        ContactConfirmed(
            person=str(person["id"]),
            at=ctx.now,
            channel=channel,
            address=contact,
            language=person["language"],
        )
    )
    return True


def _stop(ctx: RequestContext, change: Any) -> dict[str, Any]:
    _end(ctx, change, "cancelled")
    sessions.end_sessions(ctx.tx, str(change["person"]), SESSION.move("open", "contact_kept"))
    return {"cancelled": True}


def _end(ctx: RequestContext, change: Any, event: str) -> None:
    contact_changes.set_change_state(
        ctx.tx, str(change["id"]), CONTACT_CHANGE.move(change["state"], event), ctx.now
    )
