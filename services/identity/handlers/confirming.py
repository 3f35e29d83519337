"""A link that a weak proof made opens in full once the contact that the supplier has on file confirms it (ID-6)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import CODE_LIFE
from services.identity.domain.masking import mask_email
from services.identity.domain.scopes import OF_LINK
from services.identity.domain.states import LINK
from services.identity.handlers import organisations
from services.identity.handlers.codes import check_code, issue_code, limit_sends, limit_tries
from services.identity.handlers.profile import myself
from services.identity.store import links, people
from services.identity.store import organisations as organisation_store

PURPOSE = "account"
CONTACT, OPERATOR = "contact", "operator"


def waiting_link(ctx: RequestContext, account: str, organisation: str | None) -> Any:
    """The caller's link, or that of an organisation which the caller directs, that waits to be confirmed; locked.

    Raises ``not_found``, ``already_confirmed``.
    """
    if organisation is None:
        found = links.link(ctx.tx, ctx.subject.require_person(), account)
    else:
        organisations.directed(ctx, organisation)
        found = organisation_store.link(ctx.tx, organisation, account)
    if found is None or found["state"] not in OF_LINK:
        raise CabinetError("not_found")
    if found["state"] != "limited":
        raise CabinetError("already_confirmed")
    return found


def send_confirmation(
    ctx: RequestContext, tools: IdentityTools, account: str, organisation: str | None, email: str | None
) -> dict[str, Any]:
    """Send a code to the address on file. ``to`` shows no more of it than its owner needs. Raises
    ``contact_missing``: an operator can confirm the link then."""
    if not email:
        raise CabinetError("contact_missing")
    link = waiting_link(ctx, account, organisation)
    limit_sends(ctx, "email", email)
    issue_code(
        ctx,
        tools,
        purpose=PURPOSE,
        owner=str(link["id"]),
        channel="email",
        address=email,
        language=myself(ctx)["language"],
    )
    return {"sent": True, "to": mask_email(email), "expires_at": (ctx.now + CODE_LIFE).isoformat()}


def confirm(ctx: RequestContext, account: str, organisation: str | None, code: str) -> dict[str, Any]:
    """The code from the address on file. Refuses a wrong one; the try stays counted."""
    limit_tries(ctx)
    link = waiting_link(ctx, account, organisation)
    if check_code(ctx, str(link["id"]), PURPOSE, code) is None:
        return ctx.refuse("code_wrong")
    if organisation is None:
        return _open(ctx, ctx.subject.id, link, CONTACT)
    return organisations.open_link(ctx, organisation, link, CONTACT)


def confirm_by_staff(ctx: RequestContext, account: str, login: str) -> dict[str, Any]:
    """An operator has seen the passport: the link of the person with this phone or e-mail opens. Raises
    ``not_found``, ``already_confirmed``."""
    person = people.person_by_login(ctx.tx, login)
    found = links.link(ctx.tx, str(person["id"]), account) if person is not None else None
    if person is None or found is None or found["state"] not in OF_LINK:
        raise CabinetError("not_found")
    if found["state"] != "limited":
        raise CabinetError("already_confirmed")
    return _open(ctx, str(person["id"]), found, OPERATOR)


def _open(ctx: RequestContext, person: str, link: Any, by: str) -> dict[str, Any]:
    edge = LINK.edge(link["state"], "confirmed")
    state = edge.state
    scopes, account = list(OF_LINK[state]), str(link["account"])
    version = links.confirm_link(ctx.tx, person, account, state, scopes, by, ctx.now)
    ctx.tx.emit(
        edge.tell(
            person=person,
            at=ctx.now,
            account=account,
            provider=link["provider"],
            number=link["number"],
            scopes=scopes,
            changed=True,
            access_version=version,
        )
    )
    return {"account": account, "person": person, "state": state, "scopes": scopes}
