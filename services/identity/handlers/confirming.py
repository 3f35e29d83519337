"""A link that a weak proof made opens in full once the contact that the supplier has on file confirms it (ID-6)."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.identity import accounts as rpc
from services.identity.adapters import phones
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


class ContactsOnFile(Protocol):
    """What is asked of billing."""

    def contact_on_file(self, *, account: str) -> dict[str, Any]:
        """``email``, None where the supplier has none."""


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
    service: ServiceContext,
    tools: IdentityTools,
    billing: ContactsOnFile,
    subject: Subject,
    request: rpc.BeginConfirmationRequest,
) -> dict[str, Any]:
    """Send a code to the address on file. ``to`` shows no more of it than its owner needs. Raises ``not_found``,
    ``already_confirmed``, and ``contact_missing``: an operator can confirm the link then."""
    account, organisation = str(request.account), _id(request.organisation)
    with service.begin(subject) as ctx:
        waiting_link(ctx, account, organisation)
    service.use_service_token()
    email = billing.contact_on_file(account=account)["email"]
    with service.begin(subject) as ctx:
        return _send(ctx, tools, account, organisation, email)


def _send(
    ctx: RequestContext, tools: IdentityTools, account: str, organisation: str | None, email: str | None
) -> dict[str, Any]:
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


def confirm(ctx: RequestContext, request: rpc.ConfirmationRequest) -> dict[str, Any]:
    """The code from the address on file. Refuses a wrong one; the try stays counted."""
    limit_tries(ctx)
    organisation = _id(request.organisation)
    link = waiting_link(ctx, str(request.account), organisation)
    if check_code(ctx, str(link["id"]), PURPOSE, request.code) is None:
        return ctx.refuse("code_wrong")
    if organisation is None:
        return _open(ctx, ctx.subject.id, link, CONTACT)
    return organisations.open_link(ctx, organisation, link, CONTACT)


def confirm_by_staff(ctx: RequestContext, request: rpc.StaffConfirmationRequest) -> dict[str, Any]:
    """An operator has seen the passport: the link of the person with this phone or e-mail opens. Raises
    ``not_found``, ``already_confirmed``."""
    ctx.subject.require_role("operator", "administrator")
    login = request.login.strip().lower()
    person = people.person_by_login(ctx.tx, login if "@" in login else phones.normalise(login))
    found = links.link(ctx.tx, str(person["id"]), str(request.account)) if person is not None else None
    if person is None or found is None or found["state"] not in OF_LINK:
        raise CabinetError("not_found")
    if found["state"] != "limited":
        raise CabinetError("already_confirmed")
    return _open(ctx, str(person["id"]), found, OPERATOR)


def _id(organisation: UUID | None) -> str | None:
    return None if organisation is None else str(organisation)


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
