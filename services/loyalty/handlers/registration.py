"""Points for registering and for a confirmed e-mail, in either order (LY-2); who may see which account."""

from __future__ import annotations

from chassis import access
from chassis.house import Call
from contracts.events.identity import (
    AccessGranted,
    AccessRevoked,
    AccountLinked,
    AccountUnlinked,
    ContactConfirmed,
    PersonErased,
)
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import REGISTRATION
from services.loyalty.handlers.granting import give, participant


def account_linked(call: Call, tools: LoyaltyTools, event: AccountLinked) -> None:
    """The person may see the account; a registered person has it now."""
    store.lock_person(call.tx, event.person)
    access.grant(call.tx, event.person, event.account, event.scopes, event.at)
    who = participant(call, tools, event.account, event.provider)
    if who is not None and store.is_registered(call.tx, event.person, event.account):
        give(call, who, [who.grant(REGISTRATION)])


def account_unlinked(call: Call, event: AccountUnlinked) -> None:
    """What was given stays given: the points belong to the account."""
    access.revoke(call.tx, event.person, event.account, event.at)


def access_granted(call: Call, event: AccessGranted) -> None:
    """What one person lets another do (ID-11)."""
    access.grant(
        call.tx, event.person, event.account, event.scopes, event.at, via=event.grant, until=event.until
    )


def access_revoked(call: Call, event: AccessRevoked) -> None:
    """The end of it."""
    access.revoke(call.tx, event.person, event.account, event.at, via=event.grant)


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
