"""States of registrations, codes, people, sessions and links, as state machines."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contracts.events.identity import (
    AccessGranted,
    AccessOffered,
    AccessRevoked,
    AccountLinked,
    AccountUnlinked,
    CodeIssued,
    PersonErased,
    PersonRegistered,
)
from contracts.transitions import NEW, Edge, Transitions

REGISTRATION: Final = Transitions(
    Edge(NEW, "begun", "waiting"),
    Edge("waiting", "confirmed", "done"),
    Edge("waiting", "expired", "expired"),
)
RECOVERY: Final = Transitions(
    Edge(NEW, "begun", "waiting"),
    Edge("waiting", "confirmed", "done"),
    Edge("waiting", "replaced", "replaced"),
    Edge("waiting", "expired", "expired"),
)
# A new phone that waits for its day. Confirmed means that its own code was entered before.
CONTACT_CHANGE: Final = Transitions(
    Edge(NEW, "confirmed", "waiting"),
    Edge("waiting", "due", "done"),
    Edge("waiting", "taken", "refused"),
    Edge("waiting", "cancelled", "cancelled"),
    Edge("waiting", "replaced", "replaced"),
)
CONSENT: Final = Transitions(
    Edge(NEW, "given", "given"),
    Edge("given", "replaced", "replaced"),
    Edge("given", "revoked", "revoked"),
)
PERSON: Final = Transitions(
    Edge(NEW, "registered", "active", PersonRegistered),
    Edge("active", "erased", "erased", PersonErased),
)
CODE: Final = Transitions(
    Edge(NEW, "sent", "issued", CodeIssued),
    Edge("issued", "used", "used"),
    Edge("issued", "replaced", "replaced"),
    Edge("issued", "exhausted", "exhausted"),
    Edge("issued", "expired", "expired"),
)
# Whatever ended a session first stays its end. "contact_kept": a change of phone was stopped by the old one's owner.
# "staff_changed": roles, disabling or second factor, by an administrator.
SESSION: Final = Transitions(
    Edge(NEW, "signed_in", "open"),
    Edge("open", "signed_out", "signed_out"),
    Edge("open", "reused", "reused"),
    Edge("open", "expired", "expired"),
    Edge("open", "password_changed", "revoked"),
    Edge("open", "recovered", "revoked"),
    Edge("open", "erased", "revoked"),
    Edge("open", "contact_kept", "revoked"),
    Edge("open", "staff_changed", "revoked"),
)
CHALLENGE: Final = Transitions(
    Edge(NEW, "asked", "issued"),
    Edge("issued", "used", "used"),
    Edge("issued", "exhausted", "exhausted"),
    Edge("issued", "expired", "expired"),
    # The password that was shown is the person's no more.
    Edge("issued", "password_changed", "ended"),
)
# Of an account to a person. A weak proof opens the amounts only, until it is confirmed.
LINK: Final = Transitions(
    Edge(NEW, "proven", "linked", AccountLinked),
    Edge(NEW, "proven_weakly", "limited", AccountLinked),
    Edge("limited", "confirmed", "linked", AccountLinked),
    Edge("limited", "unlinked", "unlinked", AccountUnlinked),
    Edge("linked", "unlinked", "unlinked", AccountUnlinked),
    Edge("unlinked", "proven", "linked", AccountLinked),
    Edge("unlinked", "proven_weakly", "limited", AccountLinked),
)
# What one person lets another do with an account. "owner_left": the giver's own link has ended.
GRANT: Final = Transitions(
    Edge(NEW, "offered", "invited", AccessOffered),
    Edge("invited", "accepted", "active", AccessGranted),
    Edge("invited", "declined", "declined"),
    Edge("invited", "expired", "expired"),
    Edge("invited", "revoked", "revoked"),
    Edge("invited", "owner_left", "revoked"),
    Edge("active", "revoked", "revoked", AccessRevoked),
    Edge("active", "owner_left", "revoked", AccessRevoked),
    Edge("active", "returned", "returned", AccessRevoked),
    Edge("active", "over", "over", AccessRevoked),
)
# Of an account to an organisation, by the same steps; its members are told one by one (handlers/organisations.py).
ORGANISATION_LINK: Final = Transitions(*(replace(edge, event=None) for edge in LINK))
# Of a person in an organisation, whose members are told likewise. "dissolved": nobody is left who directs it.
MEMBERSHIP: Final = Transitions(
    Edge(NEW, "invited", "invited", AccessOffered),
    Edge(NEW, "founded", "active"),
    Edge("invited", "accepted", "active"),
    Edge("invited", "declined", "declined"),
    Edge("invited", "expired", "expired"),
    Edge("invited", "removed", "removed"),
    Edge("invited", "dissolved", "removed"),
    Edge("active", "removed", "removed"),
    Edge("active", "left", "left"),
    Edge("active", "dissolved", "removed"),
)
