"""What identity and billing tell of people and accounts."""

from __future__ import annotations

import hashlib
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.events.billing import AccountOpened
from contracts.events.identity import (
    AccessGranted,
    AccessOffered,
    AccessRevoked,
    AccountLinked,
    CodeIssued,
    ContactConfirmed,
    LanguageChosen,
    PasswordChanged,
    PersonErased,
    PersonRegistered,
)
from contracts.identifiers import new_id
from contracts.rpc.notifications import AccountsTarget, AccountTarget, OfferTarget, ProfileTarget
from services.notifications import store
from services.notifications.configuration import NotificationTools
from services.notifications.domain.attempts import lane_of
from services.notifications.domain.kinds import CHANNEL_OF, DECOY, SMS, kind_for
from services.notifications.handlers.telling import TOPIC, tell


def person_registered(ctx: RequestContext, tools: NotificationTools, event: PersonRegistered) -> None:
    """Welcome."""
    store.save_person(ctx.tx, event.person, event.language, event.at)
    tell(ctx, tools, [event.person], "registered", "registered", {}, ProfileTarget())


def contact_confirmed(ctx: RequestContext, tools: NotificationTools, event: ContactConfirmed) -> None:
    """Keep the address. If it takes the place of another, all addresses that were known before are warned."""
    store.save_person(ctx.tx, event.person, event.language, event.at)
    before = {row["channel"]: row for row in store.contacts(ctx.tx, event.person)}
    if not store.save_contact(ctx.tx, event.person, event.channel, event.address, event.at):
        return
    old = before.get(event.channel)
    if old is None or old["address"] == event.address:
        return
    tell(
        ctx,
        tools,
        [event.person],
        "contact_changed",
        f"{event.channel}/{event.at.isoformat()}",
        {"contact": event.channel},
        ProfileTarget(),
        {CHANNEL_OF[channel]: row["address"] for channel, row in before.items() if row["bounced_at"] is None},
    )


def language_chosen(ctx: RequestContext, event: LanguageChosen) -> None:
    """Messages to come are in this language (ID-5)."""
    store.save_person(ctx.tx, event.person, event.language, event.at)


def password_changed(ctx: RequestContext, tools: NotificationTools, event: PasswordChanged) -> None:
    """All contacts are told: it may not have been the person (ID-4, ID-5)."""
    tell(ctx, tools, [event.person], "password_changed", event.at.isoformat(), {}, ProfileTarget())


def person_erased(ctx: RequestContext, tools: NotificationTools, event: PersonErased) -> None:
    """Nothing is kept but that the person is gone, against words that come late; the last word goes to the contacts
    as they were (ID-9)."""
    if store.is_erased(ctx.tx, event.person):
        return
    language = store.language_of(ctx.tx, event.person)
    contacts = [row for row in store.contacts(ctx.tx, event.person) if row["bounced_at"] is None]
    store.erase_person(ctx.tx, event.person, event.at)
    access.revoke_all(ctx.tx, event.person, event.at)
    for row in contacts:
        channel = CHANNEL_OF[row["channel"]]
        store.add_dispatch(
            ctx.tx,
            new_id(),
            person=event.person,
            kind="person_erased",
            occasion="erased",
            channel=channel,
            lane=lane_of(channel, False),
            urgent=False,
            language=tools.phrasebook(language).language,
            values={},
            sealed=tools.seal.close({"address": row["address"]}),
            at=ctx.now,
        )
        ctx.tx.notify(TOPIC)


def account_linked(ctx: RequestContext, tools: NotificationTools, event: AccountLinked) -> None:
    """Grant; tell the person, and everyone who had the account before that somebody else linked it (ID-6). Of other
    scopes nobody is told."""
    access.keep_link(ctx.tx, event)
    store.save_account(ctx.tx, event.account, event.provider, event.number)
    if event.changed:
        return
    others = [person for person in access.people_of(ctx.tx, event.account) if person != event.person]
    values, target = {"number": event.number, "provider": event.provider}, AccountTarget(event.account)
    occasion = f"{event.account}/{event.person}/{event.at.isoformat()}"
    tell(ctx, tools, [event.person], "account_linked", occasion, values, target)
    tell(ctx, tools, others, "account_linked_by_other", occasion, values, target)


def access_granted(ctx: RequestContext, tools: NotificationTools, event: AccessGranted) -> None:
    """What one person lets another do (ID-11), or an organisation its member (ID-8): the giver is told, and everyone
    else who has linked the account. Of other scopes nobody is told."""
    access.keep_grant(ctx.tx, event)
    store.save_account(ctx.tx, event.account, event.provider, event.number)
    if event.changed:
        return
    owners = access.people_of(ctx.tx, event.account, via=access.LINK)
    others = [person for person in owners if person not in (event.person, event.granted_by)]
    values, target = {"number": event.number, "provider": event.provider}, AccountTarget(event.account)
    occasion = f"{event.grant}/{event.account}/{event.at.isoformat()}"
    if event.granted_by:
        tell(ctx, tools, [event.granted_by], "access_accepted", occasion, values, target)
    tell(ctx, tools, others, "account_linked_by_other", occasion, values, target)


def access_revoked(ctx: RequestContext, tools: NotificationTools, event: AccessRevoked) -> None:
    """The end of it: whoever did not bring it about is told. Members of an organisation are not told account by
    account."""
    access.end_grant(ctx.tx, event)
    known = store.account(ctx.tx, event.account)
    if not event.granted_by or known is None:
        return
    occasion, values = f"{event.grant}/{event.account}", dict(known)
    if event.reason == "returned":
        tell(
            ctx, tools, [event.granted_by], "access_returned", occasion, values, AccountTarget(event.account)
        )
    else:
        tell(ctx, tools, [event.person], "access_ended", occasion, values, AccountsTarget())


def access_offered(ctx: RequestContext, tools: NotificationTools, event: AccessOffered) -> None:
    """To the address, whoever has it, sealed until it is sent; and to the bell of who has confirmed it."""
    channel = CHANNEL_OF[event.channel]
    kind = "access_offered" if event.provider else "membership_offered"
    values: dict[str, Any] = {"provider": event.provider} if event.provider else {}
    store.add_dispatch(
        ctx.tx,
        new_id(),
        person=event.offer,
        kind=f"{kind}_sms" if channel == SMS else kind,
        occasion=event.offer,
        channel=channel,
        lane=lane_of(channel, False),
        urgent=False,
        language=event.language,
        values=values,
        sealed=event.sealed,
        at=ctx.now,
        expires_at=event.expires_at,
    )
    ctx.tx.notify(TOPIC)
    if event.invited is not None:
        tell(ctx, tools, [event.invited], kind, event.offer, values, OfferTarget(event.offer), {})


def account_opened(ctx: RequestContext, event: AccountOpened) -> None:
    """Texts name an account by its number."""
    store.save_account(ctx.tx, event.account, event.provider, event.number)


def code_issued(ctx: RequestContext, event: CodeIssued) -> None:
    """A one-time code or link: it stays sealed until the moment it is sent, and is not kept afterwards (ID-4, NT-2)."""
    if event.purpose == DECOY:
        return
    channel = CHANNEL_OF[event.channel]
    minutes = max(1, round((event.expires_at - event.at).total_seconds() / 60))
    store.add_dispatch(
        ctx.tx,
        new_id(),
        person=event.person,
        kind=kind_for(event.purpose, channel),
        # A sealed text is never the same twice, so it names the code.
        occasion=hashlib.sha256(event.sealed.encode()).hexdigest(),
        channel=channel,
        lane=lane_of(channel, True),
        urgent=True,
        language=event.language,
        values={"minutes": minutes, "hours": max(1, round(minutes / 60))},
        sealed=event.sealed,
        at=ctx.now,
        expires_at=event.expires_at,
    )
    ctx.tx.notify(TOPIC)
