"""What one may do with an account, by how one came to it (ID-6, ID-8, ID-11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: ``amounts``: what is owed and nothing else. ``see`` shows that, too.
AMOUNTS, SEE, READINGS, PAY = "amounts", "see", "readings", "pay"
ALL: Final = (AMOUNTS, SEE, READINGS, PAY)
#: What an owner may let another person do.
GRANTABLE: Final = (SEE, READINGS, PAY)

#: Of a link, by its state: a weak proof opens the amounts until a contact on file has confirmed it.
OF_LINK: Final = {"linked": (SEE, READINGS, PAY), "limited": (AMOUNTS, PAY)}

DIRECTOR, ACCOUNTANT, METERING = "director", "accountant", "metering"
#: Of members of an organisation, by role.
OF_ROLE: Final = {DIRECTOR: (SEE, READINGS, PAY), ACCOUNTANT: (SEE, PAY), METERING: (SEE, READINGS)}
ROLES: Final = tuple(OF_ROLE)


class ScopesIncompleteError(Exception):
    """Readings cannot be sent for meters that one does not see."""


def granted_scopes(asked: Iterable[str]) -> list[str]:
    """What a grant gives, in the usual order. Whoever may only pay sees what there is to pay.

    Raises ScopesIncompleteError for readings without ``see``.
    """
    wanted = set(asked)
    if READINGS in wanted and SEE not in wanted:
        raise ScopesIncompleteError
    if PAY in wanted and SEE not in wanted:
        wanted.add(AMOUNTS)
    return in_order(wanted)


def role_scopes(role: str, link_state: str) -> list[str]:
    """What a member may do with an account that the organisation has linked; nothing if it is linked no more."""
    held = set(OF_LINK.get(link_state, ()))
    may = set(OF_ROLE[role])
    if SEE in may and PAY in may:
        may.add(AMOUNTS)
    return in_order(held & may)


def in_order(scopes: Iterable[str]) -> list[str]:
    """Without repetition, in one order; ``see`` stands for ``amounts``."""
    found = set(scopes)
    if SEE in found:
        found.discard(AMOUNTS)
    return [scope for scope in ALL if scope in found]
