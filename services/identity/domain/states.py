"""States of registrations, codes, people, sessions and links, as tables of transitions: (state, event) -> state."""

from __future__ import annotations

from typing import Final


class ForbiddenTransitionError(Exception):
    """This event cannot happen in this state."""


REGISTRATION: Final = {("waiting", "confirmed"): "done", ("waiting", "expired"): "expired"}
RECOVERY: Final = {
    ("waiting", "confirmed"): "done",
    ("waiting", "replaced"): "replaced",
    ("waiting", "expired"): "expired",
}
# A new phone that waits for its day. Confirmed means that its own code was entered before.
CONTACT_CHANGE: Final = {
    ("waiting", "due"): "done",
    ("waiting", "taken"): "refused",
    ("waiting", "cancelled"): "cancelled",
    ("waiting", "replaced"): "replaced",
}
CONSENT: Final = {("given", "replaced"): "replaced", ("given", "revoked"): "revoked"}
PERSON: Final = {("active", "erased"): "erased"}
CODE: Final = {
    ("issued", "used"): "used",
    ("issued", "replaced"): "replaced",
    ("issued", "exhausted"): "exhausted",
    ("issued", "expired"): "expired",
}
# Whatever ended a session first stays its end. "contact_kept": a change of phone was stopped by the old one's owner.
# "staff_changed": roles, disabling or second factor, by an administrator.
SESSION: Final = {
    ("open", "signed_out"): "signed_out",
    ("open", "reused"): "reused",
    ("open", "expired"): "expired",
    ("open", "password_changed"): "revoked",
    ("open", "recovered"): "revoked",
    ("open", "erased"): "revoked",
    ("open", "contact_kept"): "revoked",
    ("open", "staff_changed"): "revoked",
}
CHALLENGE: Final = {
    ("issued", "used"): "used",
    ("issued", "exhausted"): "exhausted",
    ("issued", "expired"): "expired",
    # The password that was shown is the person's no more.
    ("issued", "password_changed"): "ended",
}
# Of an account to a person or an organisation. A weak proof opens the amounts only, until it is confirmed.
LINK: Final = {
    ("absent", "proven"): "linked",
    ("absent", "proven_weakly"): "limited",
    ("limited", "confirmed"): "linked",
    ("limited", "unlinked"): "unlinked",
    ("linked", "unlinked"): "unlinked",
    ("unlinked", "proven"): "linked",
    ("unlinked", "proven_weakly"): "limited",
}
# What one person lets another do with an account. "owner_left": the giver's own link has ended.
GRANT: Final = {
    ("invited", "accepted"): "active",
    ("invited", "declined"): "declined",
    ("invited", "expired"): "expired",
    ("invited", "revoked"): "revoked",
    ("invited", "owner_left"): "revoked",
    ("active", "revoked"): "revoked",
    ("active", "owner_left"): "revoked",
    ("active", "returned"): "returned",
    ("active", "over"): "over",
}
# Of a person in an organisation. "dissolved": nobody is left who directs it.
MEMBERSHIP: Final = {
    ("invited", "accepted"): "active",
    ("invited", "declined"): "declined",
    ("invited", "expired"): "expired",
    ("invited", "removed"): "removed",
    ("invited", "dissolved"): "removed",
    ("active", "removed"): "removed",
    ("active", "left"): "left",
    ("active", "dissolved"): "removed",
}


def move(table: dict[tuple[str, str], str], state: str, event: str) -> str:
    """The state after the event. Raises ForbiddenTransitionError."""
    try:
        return table[(state, event)]
    except KeyError as error:
        raise ForbiddenTransitionError(f"{event} in state {state}") from error
