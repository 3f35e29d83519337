"""Linking with the supplier's proof, which other services check (ID-6, ID-8): prove, then link."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from contracts.rpc.identity import accounts as rpc
from contracts.rpc.identity import organisations as organisation_rpc
from services.identity.configuration import IdentityTools
from services.identity.handlers import linking, organisations
from services.identity.handlers.proving import ProofServices, prove


def link_account(
    service: ServiceContext,
    tools: IdentityTools,
    asked: ProofServices,
    subject: Subject,
    request: rpc.LinkRequest,
) -> dict[str, Any]:
    """An account of one's own. Raises what ``prove`` and ``linking.link_account`` raise."""
    subject.require_person()
    number = prove(service, tools, asked, subject, request)
    with service.begin(subject) as ctx:
        return linking.link_account(ctx, tools, request, number)


def link_organisation_account(
    service: ServiceContext,
    tools: IdentityTools,
    asked: ProofServices,
    subject: Subject,
    request: organisation_rpc.OrganisationLinkRequest,
) -> dict[str, Any]:
    """An account of an organisation's contract, for its director; whoever is not learns so before a try is counted."""
    with service.begin(subject) as ctx:
        organisations.directed(ctx, str(request.organisation))
    number = prove(service, tools, asked, subject, request)
    with service.begin(subject) as ctx:
        return organisations.link_account(ctx, tools, request, number)
