"""What identity and billing tell of people and accounts."""

from __future__ import annotations

import hashlib

from chassis import access
from chassis.house import Call
from contracts.events.billing import AccountOpened
from contracts.events.identity import (
    AccessGranted,
    AccessRevoked,
    AccountLinked,
    AccountUnlinked,
    CodeIssued,
    ContactConfirmed,
    PersonRegistered,
)
from contracts.identifiers import new_id
from services.notifications import store
from services.notifications.configuration import NotificationTools
from services.notifications.domain.attempts import lane_of
from services.notifications.domain.kinds import CHANNEL_OF
from services.notifications.handlers.telling import TOPIC, tell


def person_registered(call: Call, tools: NotificationTools, event: PersonRegistered) -> None:
    """Welcome."""
    store.save_person(call.tx, event.person, event.language, event.at)
    tell(call, tools, [event.person], "registered", "registered", {}, {})


def contact_confirmed(call: Call, tools: NotificationTools, event: ContactConfirmed) -> None:
    """Keep the address. If it takes the place of another, all addresses that were known before are warned."""
    store.save_person(call.tx, event.person, event.language, event.at)
    before = {row["channel"]: row for row in store.contacts(call.tx, event.person)}
    if not store.save_contact(call.tx, event.person, event.channel, event.address, event.at):
        return
    old = before.get(event.channel)
    if old is None or old["address"] == event.address:
        return
    tell(
        call,
        tools,
        [event.person],
        "contact_changed",
        f"{event.channel}/{event.at.isoformat()}",
        {"contact": event.channel},
        {"channel": event.channel},
        {CHANNEL_OF[channel]: row["address"] for channel, row in before.items() if row["bounced_at"] is None},
    )


def account_linked(call: Call, tools: NotificationTools, event: AccountLinked) -> None:
    """Grant; tell the person, and everyone who had the account before that somebody else linked it (ID-6)."""
    access.grant(call.tx, event.person, event.account, event.scopes, event.at)
    store.save_account(call.tx, event.account, event.provider, event.number)
    others = [person for person in access.people_of(call.tx, event.account) if person != event.person]
    values, data = {"number": event.number, "provider": event.provider}, {"account": event.account}
    occasion = f"{event.account}/{event.person}/{event.at.isoformat()}"
    tell(call, tools, [event.person], "account_linked", occasion, values, data)
    tell(call, tools, others, "account_linked_by_other", occasion, values, data)


def account_unlinked(call: Call, event: AccountUnlinked) -> None:
    """News of the account go there no more."""
    access.revoke(call.tx, event.person, event.account, event.at)


def access_granted(call: Call, event: AccessGranted) -> None:
    """What one person lets another do (ID-11)."""
    access.grant(
        call.tx, event.person, event.account, event.scopes, event.at, via=event.grant, until=event.until
    )
    store.save_account(call.tx, event.account, event.provider, event.number)


def access_revoked(call: Call, event: AccessRevoked) -> None:
    """The end of it."""
    access.revoke(call.tx, event.person, event.account, event.at, via=event.grant)


def account_opened(call: Call, event: AccountOpened) -> None:
    """Texts name an account by its number."""
    store.save_account(call.tx, event.account, event.provider, event.number)


def code_issued(call: Call, event: CodeIssued) -> None:
    """A one-time code: it stays sealed until the moment it is sent, and is not kept afterwards (ID-4, NT-2)."""
    channel = CHANNEL_OF[event.channel]
    minutes = max(1, round((event.expires_at - event.at).total_seconds() / 60))
    store.add_delivery(
        call.tx,
        new_id(),
        person=event.person,
        kind="code",
        # A sealed text is never the same twice, so it names the code.
        occasion=hashlib.sha256(event.sealed.encode()).hexdigest(),
        channel=channel,
        lane=lane_of(channel, True),
        urgent=True,
        language=event.language,
        values={"minutes": minutes},
        sealed=event.sealed,
        at=call.now,
        expires_at=event.expires_at,
    )
    call.tx.rouse(TOPIC)
