"""The two ends of a registration (ID-1): what comes before its row is written, and after the person is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from chassis import context
from chassis.errors import as_cabinet_error
from chassis.validation import read
from contracts.errors import CabinetError
from contracts.rpc.identity import registration as rpc
from contracts.rpc.identity.accounts import LinkRequest
from services.identity.adapters import phones, secrets
from services.identity.configuration import IdentityTools
from services.identity.handlers import registration
from services.identity.handlers.codes import limit_sends
from services.identity.handlers.consents import check_documents
from services.identity.handlers.inputs import person_names
from services.identity.handlers.password_checks import require_rules
from services.identity.handlers.proven_linking import link_account
from services.identity.handlers.proving import ProofServices


def begin_by_phone(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.RegisterRequest
) -> dict[str, Any]:
    """A code goes to the phone. Raises ``password_rules``, ``invalid_phone``, ``consent_required``."""
    return _begin(service, tools, subject, "phone", lambda: phones.normalise(request.phone), request)


def begin_by_email(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.RegisterByEmailRequest
) -> dict[str, Any]:
    """A link goes to the address; names are required. Raises ``password_rules``, ``consent_required``."""
    return _begin(service, tools, subject, "email", lambda: request.email.lower(), request)


def confirm_by_code(
    service: ServiceContext,
    tools: IdentityTools,
    asked: ProofServices,
    subject: Subject,
    request: rpc.ConfirmRequest,
) -> dict[str, Any]:
    """The person is made and signed in; then the account that came with the registration is linked in their name.
    What is wrong with it breaks nothing: ``link`` says what. Refuses ``code_wrong``."""
    with service.begin(subject) as ctx:
        tokens, linking = registration.confirm_by_code(ctx, tools, str(request.registration), request.code)
    return {**tokens, "link": _link(service, tools, asked, tokens["access_token"], linking)}


def confirm_by_link(
    service: ServiceContext,
    tools: IdentityTools,
    asked: ProofServices,
    subject: Subject,
    request: rpc.TokenRequest,
) -> dict[str, Any]:
    """The same with the secret of a link. Refuses ``link_wrong``."""
    with service.begin(subject) as ctx:
        tokens, linking = registration.confirm_by_link(ctx, tools, request.token)
    return {**tokens, "link": _link(service, tools, asked, tokens["access_token"], linking)}


def _begin(
    service: ServiceContext,
    tools: IdentityTools,
    subject: Subject,
    channel: str,
    contact_of: Callable[[], str],
    request: rpc.RegisterRequest | rpc.RegisterByEmailRequest,
) -> dict[str, Any]:
    names = person_names(
        {"surname": request.surname, "name": request.name},
        required=isinstance(request, rpc.RegisterByEmailRequest),
    )
    require_rules(request.password)
    contact = contact_of()
    provider = request.provider or (request.account.provider if request.account else "")
    check_documents(tools, request.consents, provider)
    with service.begin(subject) as ctx:
        limit_sends(ctx, channel, contact)
    hashed = secrets.hash_password(request.password)
    with service.begin(subject) as ctx:
        return registration.register(ctx, tools, channel, contact, hashed, request, names)


def _link(
    service: ServiceContext, tools: IdentityTools, asked: ProofServices, token: str, linking: Any
) -> dict[str, Any] | None:
    if linking is None:
        return None
    try:
        context.enter(replace(context.current(), subject=token))
        subject = service.verifier.verify(token)
        answer = link_account(service, tools, asked, subject, read(LinkRequest, linking))
    except CabinetError as error:
        return {"account": None, "refused": as_cabinet_error(error).code}
    return {"account": answer["account"], "refused": None}
