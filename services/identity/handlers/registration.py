"""Registration by phone with a code, by e-mail with a link (ID-1)."""

from __future__ import annotations

from typing import Any

import msgspec

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.identity import ContactConfirmed
from contracts.identifiers import new_id
from contracts.rpc.identity import registration as rpc
from contracts.transitions import NEW
from services.identity.configuration import IdentityTools
from services.identity.domain.consents import USER_AGREEMENT
from services.identity.domain.lives import REGISTRATION_LIFE
from services.identity.domain.states import PERSON, REGISTRATION
from services.identity.handlers.codes import (
    check_code,
    check_link,
    issue_code,
    issue_link,
    limit_sends,
    limit_tries,
    owner_of_link,
)
from services.identity.handlers.sessions import open_session
from services.identity.store import consents, people, registrations

PURPOSE = "registration"
#: What the owner of an address is told in place of a code or link: somebody tried, and you have an account.
TAKEN = "taken"
PAGE = "registration"


def register(
    ctx: RequestContext,
    tools: IdentityTools,
    channel: str,
    contact: str,
    password_hash: str,
    request: rpc.RegisterRequest | rpc.RegisterByEmailRequest,
    names: dict[str, str],
) -> dict[str, Any]:
    """Begin a registration; ``channel`` is phone or email, ``names`` are cleaned. Answer and work are the
    same whether the address is registered already or not: then its owner is told so, in place of a code or a link."""
    registration = new_id()
    linking = msgspec.to_builtins(request.account) if request.account else None
    registrations.add_registration(
        ctx.tx,
        registration,
        channel=channel,
        contact=contact,
        password_hash=password_hash,
        surname=names["surname"],
        name=names["name"],
        language=request.language,
        agreement=request.agreement,
        consents=msgspec.to_builtins(request.consents),
        linking=tools.seal.close(linking) if linking else None,
        address=ctx.context.client or request.address,
        at=ctx.now,
        expires_at=ctx.now + REGISTRATION_LIFE,
    )
    _send(ctx, tools, registration, channel, contact, request.language)
    return {"registration": registration}


def send_again(ctx: RequestContext, tools: IdentityTools, registration: str) -> dict[str, Any]:
    """Another code or link; the one before opens nothing any more. Raises ``not_found``, ``too_many_requests``."""
    waiting = registrations.registration(ctx.tx, registration)
    if waiting is None or waiting["state"] != "waiting" or waiting["expires_at"] <= ctx.now:
        raise CabinetError("not_found")
    limit_sends(ctx, waiting["channel"], waiting["contact"])
    _send(ctx, tools, registration, waiting["channel"], waiting["contact"], waiting["language"])
    return {"registration": registration}


def confirm_by_code(
    ctx: RequestContext, tools: IdentityTools, registration: str, code: str
) -> tuple[dict[str, Any], Any]:
    """Make the person and sign them in; see ``_finish``. Refuses a wrong code; the try stays counted."""
    limit_tries(ctx)
    waiting = _waiting(ctx, registration)
    if waiting is None or check_code(ctx, registration, PURPOSE, code) is None:
        return ctx.refuse("code_wrong"), None
    return _finish(ctx, tools, waiting, "code_wrong")


def confirm_by_link(ctx: RequestContext, tools: IdentityTools, token: str) -> tuple[dict[str, Any], Any]:
    """The same with the secret of a link."""
    limit_tries(ctx)
    registration = owner_of_link(ctx, token, PURPOSE)
    waiting = _waiting(ctx, registration) if registration else None
    if waiting is None or check_link(ctx, token, PURPOSE) is None:
        return ctx.refuse("link_wrong"), None
    return _finish(ctx, tools, waiting, "link_wrong")


def _send(
    ctx: RequestContext, tools: IdentityTools, registration: str, channel: str, contact: str, language: str
) -> None:
    owner = people.person_by_login(ctx.tx, contact)
    to: dict[str, Any] = {
        "purpose": PURPOSE,
        "owner": registration,
        "channel": channel,
        "address": contact,
        "language": owner["language"] if owner else language,
        "instead": TAKEN if owner else "",
    }
    if channel == "phone":
        issue_code(ctx, tools, **to)
    else:
        issue_link(ctx, tools, **to, page=PAGE, life=REGISTRATION_LIFE)


def _waiting(ctx: RequestContext, registration: str) -> Any:
    row = registrations.registration(ctx.tx, registration)
    if row is None or row["state"] != "waiting":
        return None
    if row["expires_at"] <= ctx.now:
        registrations.set_registration_state(ctx.tx, registration, REGISTRATION.move(row["state"], "expired"))
        return None
    return row


def _finish(
    ctx: RequestContext, tools: IdentityTools, waiting: Any, refusal: str
) -> tuple[dict[str, Any], Any]:
    """Tokens, and the account that was to be linked (None without one)."""
    person, language = new_id(), waiting["language"]
    made = people.add_person(
        ctx.tx,
        person,
        phone=waiting["contact"] if waiting["channel"] == "phone" else None,
        email=waiting["contact"] if waiting["channel"] == "email" else None,
        password_hash=waiting["password_hash"],
        surname=waiting["surname"],
        name=waiting["name"],
        language=language,
        at=ctx.now,
    )
    if not made:
        return ctx.refuse(refusal), None
    registrations.set_registration_state(
        ctx.tx, str(waiting["id"]), REGISTRATION.move(waiting["state"], "confirmed"), person
    )
    agreed = [{"document": USER_AGREEMENT, "version": waiting["agreement"]}, *waiting["consents"]]
    consents.add_consents(
        ctx.tx,
        [
            {**one, "id": new_id(), "person": person, "given_at": ctx.now, "given_from": waiting["address"]}
            for one in agreed
        ],
    )
    ctx.tx.emit(PERSON.edge(NEW, "registered").tell(person=person, at=ctx.now, language=language))
    ctx.tx.emit(
        ContactConfirmed(
            person=person,
            at=ctx.now,
            channel=waiting["channel"],
            address=waiting["contact"],
            language=language,
        )
    )
    linking = tools.seal.open(waiting["linking"]) if waiting["linking"] else None
    return open_session(ctx, tools, person, []), linking
