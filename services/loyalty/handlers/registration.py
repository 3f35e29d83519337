"""Points for registering and for a confirmed e-mail, in either order (LY-2); who may see which account."""

from __future__ import annotations

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.events.identity import (
    AccountLinked,
    ContactConfirmed,
    PersonErased,
)
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import REGISTRATION
from services.loyalty.handlers.awarding import give, participant


def account_linked(ctx: RequestContext, tools: LoyaltyTools, event: AccountLinked) -> None:
    """The person may see the account; a registered person has it now. What that gave stays with the account when the
    link ends."""
    store.lock_person(ctx.tx, event.person)
    access.keep_link(ctx.tx, event)
    who = participant(ctx, tools, event.account, event.provider)
    if who is not None and store.is_registered(ctx.tx, event.person, event.account):
        give(ctx, who, [who.award(REGISTRATION)])


def contact_confirmed(ctx: RequestContext, tools: LoyaltyTools, event: ContactConfirmed) -> None:
    """An e-mail address counts; a phone does not."""
    if event.channel != "email":
        return
    store.lock_person(ctx.tx, event.person)
    store.add_confirmed_email(ctx.tx, event.person, event.at)
    for row in store.registered_members(ctx.tx, event.person):
        who = participant(ctx, tools, row["account"], row["provider"])
        if who is not None:
            give(ctx, who, [who.award(REGISTRATION)])


def person_erased(ctx: RequestContext, event: PersonErased) -> None:
    """Nothing is left of the person (ID-9); points belong to the account."""
    store.lock_person(ctx.tx, event.person)
    store.forget_confirmed_email(ctx.tx, event.person)
    access.revoke_all(ctx.tx, event.person, event.at)
