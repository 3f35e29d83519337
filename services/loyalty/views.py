"""Loyalty's questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authorisation import access
from authorisation.subject import STAFF_ROLES, Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import BURN, BURN_UNDONE, Programme


def overview(tx: Transaction, tools: LoyaltyTools, subject: Subject) -> dict[str, Any]:
    """Points and level of every member account of the person (LY-1), in one statement."""
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    return {
        "accounts": [
            {"account": row["account"], "provider": row["provider"], **level_of(programme, row)}
            for row in store.visible_members(tx, subject.id, access.SEE)
            if (programme := tools.programmes.get(row["provider"])) is not None
        ]
    }


def _as_staff(tx: Transaction, subject: Subject, account: str) -> bool:
    """Does somebody of staff look at what is not theirs? On one's own account a role is not used."""
    if not subject.roles or account in access.visible_accounts(tx, subject):
        return False
    return subject.use_role(*STAFF_ROLES)


def standing(tx: Transaction, tools: LoyaltyTools, subject: Subject, account: str) -> dict[str, Any]:
    """Each criterion with what it gave, by period (LY-1). For whoever may see the account, staff and services."""
    if subject.kind != "service" and not _as_staff(tx, subject, account):
        access.require(tx, subject, [account], access.SEE)
    member = store.member(tx, account)
    programme = tools.programmes.get(member["provider"]) if member else None
    if member is None or programme is None:
        raise CabinetError("not_found")
    first_period = member["first_period"] or ""
    entries: dict[str, list[dict[str, Any]]] = {name: [] for name in (*programme.points, BURN, BURN_UNDONE)}
    for row in store.awards(tx, account):
        entries.setdefault(row["criterion"], []).append(
            {
                "period": row["period"] or None,
                "points": row["points"],
                "counts": row["lasting"] or row["period"] >= first_period,
                "missed": row["cause"] or None,
                "at": row["at"].isoformat(),
            }
        )
    return {
        "account": account,
        "provider": member["provider"],
        **level_of(programme, member),
        "first_period": first_period or None,
        "levels": [{"level": name, "from": threshold} for name, threshold in programme.levels],
        "criteria": [
            {
                "criterion": name,
                "gives": programme.points.get(name),
                "lasting": name in programme.lasting,
                "points": sum(entry["points"] for entry in given if entry["counts"]),
                "periods": given,
            }
            for name, given in entries.items()
        ],
    }


def standings(
    tx: Transaction, tools: LoyaltyTools, subject: Subject, provider: str, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of all members of a provider, for other services (LY-1 on bills, LY-7 in support's queue)."""
    if subject.kind != "service":
        raise CabinetError("forbidden" if subject.kind == "person" else "unauthenticated")
    programme = tools.programmes.get(provider)
    if programme is None:
        return {"standings": [], "next": None}
    rows = store.members_after(tx, provider, after, limit)
    return {
        "standings": [
            {
                "account": row["account"],
                "points": row["points"],
                "level": row["level"],
                "rank": programme.rank(row["points"]),
            }
            for row in rows
        ],
        "next": rows[-1]["account"] if len(rows) == limit else None,
    }


def level_of(programme: Programme, row: Mapping[str, Any]) -> dict[str, Any]:
    """Points and level of a member, and what is missing to the next."""
    above = programme.next_level(row["points"])
    return {
        "points": row["points"],
        "level": row["level"],
        "rank": programme.rank(row["points"]),
        "next_level": above[0] if above else None,
        "points_missing": above[1] if above else 0,
    }


def personal_data(tx: Transaction, subject: Subject, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    subject.require_service()
    return dict(store.personal_data(tx, person))
