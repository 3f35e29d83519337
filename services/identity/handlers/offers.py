"""Offers of access and invitations on their way to an address, whoever has it (ID-8, ID-11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.transitions import Edge
from services.identity.adapters import phones
from services.identity.configuration import IdentityTools
from services.identity.domain.offers import channel_of, contacts_of
from services.identity.handlers.limits import limit
from services.identity.store import people


def announce_offer(
    ctx: RequestContext,
    tools: IdentityTools,
    edge: Edge,
    sender: Any,
    offer: str,
    contact: str,
    expires_at: datetime,
    *,
    provider: str = "",
) -> None:
    """Have it told to the address, and in the bell of whoever has confirmed it; the same work for an address that
    nobody has. Without ``provider`` it is an invitation to an organisation.

    Raises ``offer_to_oneself``, ``too_many_requests``.
    """
    if contact in contacts_of(sender):
        raise CabinetError("offer_to_oneself")
    channel = channel_of(contact)
    # Apart from codes: nobody can use up the codes of an address by offering things to it.
    limit(
        ctx,
        ("invite_person", ctx.subject.id),
        ("invite_address", contact),
        ("send_client", ctx.context.client),
        ("send_block", phones.block_of(contact) if channel == "phone" else ""),
    )
    invited = people.person_by_login(ctx.tx, contact)
    ctx.tx.emit(
        edge.tell(
            person=ctx.subject.id,
            at=ctx.now,
            offer=offer,
            invited=str(invited["id"]) if invited is not None else None,
            channel=channel,
            language=sender["language"],
            sealed=tools.seal.close({"address": contact}),
            provider=provider,
            expires_at=expires_at,
        )
    )
