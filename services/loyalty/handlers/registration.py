"""Points for registering and for a confirmed e-mail, in either order (LY-2); who may see which account."""

from __future__ import annotations

from chassis import access
from chassis.house import Call
from contracts.events.identity import (
    AccountLinked,
    ContactConfirmed,
    PersonErased,
)
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import REGISTRATION
from services.loyalty.handlers.granting import give, participant


def account_linked(call: Call, tools: LoyaltyTools, event: AccountLinked) -> None:
    """The person may see the account; a registered person has it now. What that gave stays with the account when the
    link ends."""
    store.lock_person(call.tx, event.person)
    access.keep_link(call.tx, event)
    who = participant(call, tools, event.account, event.provider)
    if who is not None and store.is_registered(call.tx, event.person, event.account):
        give(call, who, [who.grant(REGISTRATION)])


def contact_confirmed(call: Call, tools: LoyaltyTools, event: ContactConfirmed) -> None:
    """An e-mail address counts; a phone does not."""
    if event.channel != "email":
        return
    store.lock_person(call.tx, event.person)
    store.add_confirmed_email(call.tx, event.person, event.at)
    for row in store.registered_members(call.tx, event.person):
        who = participant(call, tools, row["account"], row["provider"])
        if who is not None:
            give(call, who, [who.grant(REGISTRATION)])


def person_erased(call: Call, event: PersonErased) -> None:
    """Nothing is left of the person (ID-9); points belong to the account."""
    store.lock_person(call.tx, event.person)
    store.forget_confirmed_email(call.tx, event.person)
    access.revoke_all(call.tx, event.person, event.at)
