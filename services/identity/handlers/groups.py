"""A person's groups of accounts (ID-7)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.groups import DEFAULT_GROUP, MOST_GROUPS, clean_label, same_label
from services.identity.handlers.profile import myself
from services.identity.store import grants, groups, links


def default_group(call: Call, person: Any) -> Any:
    """The group where accounts go that were put nowhere, made if it is not there. The person's row is locked."""
    known = groups.groups(call.tx, str(person["id"]))
    found = next((row for row in known if row["is_default"]), None)
    if found is not None:
        return found
    name = DEFAULT_GROUP[person["language"]]
    namesake = next((row for row in known if same_label(row["name"], name)), None)
    if namesake is not None:
        groups.make_default(call.tx, namesake["id"])
        return namesake
    return _add(call, person, name, default=True)


def group_named(call: Call, person: Any, name: str) -> Any:
    """The person's group of that name, made if it is not there; the default one for no name."""
    wanted = clean_label(name)
    if not wanted:
        return default_group(call, person)
    known = groups.groups(call.tx, str(person["id"]))
    found = next((row for row in known if same_label(row["name"], wanted)), None)
    return found if found is not None else _add(call, person, wanted, known=len(known))


def create_group(call: Call, name: str) -> dict[str, Any]:
    """An empty group. Raises ``group_exists`` for a name that is there already, ``limit_reached``."""
    person = myself(call, lock=True)
    default_group(call, person)
    wanted = _free_name(call, name)
    known = groups.groups(call.tx, call.subject.id)
    return _shown(_add(call, person, wanted, known=len(known)))


def rename_group(call: Call, group: str, name: str) -> dict[str, Any]:
    """The default one, too. Raises ``not_found``, ``group_exists``."""
    myself(call, lock=True)
    found = _mine(call, group)
    wanted = _free_name(call, name, but=group)
    groups.rename_group(call.tx, group, wanted)
    return _shown({**found, "name": wanted})


def delete_group(call: Call, group: str) -> dict[str, Any]:
    """Its accounts go to the default group. Raises ``not_found``, ``default_group_stays``."""
    person = myself(call, lock=True)
    found = _mine(call, group)
    if found["is_default"]:
        raise CabinetError("default_group_stays")
    other = default_group(call, person)
    groups.empty_into(call.tx, group, other["id"])
    groups.delete_group(call.tx, group)
    return {"group": group, "moved_to": other["id"]}


def change_account(call: Call, account: str, *, name: str | None, group: str | None) -> dict[str, Any]:
    """The person's own name of an account and its group; None leaves one as it is. An account of an organisation only
    has the organisation's name. Raises ``not_found`` for another's account or group."""
    myself(call, lock=True)
    if group is not None:
        _mine(call, group)
    label = None if name is None else clean_label(name)
    linked = links.set_own(call.tx, call.subject.id, account, name=label, group_id=group)
    if not linked and not grants.set_own(call.tx, call.subject.id, account, name=label, group_id=group):
        raise CabinetError("not_found")
    return {"account": account}


def _mine(call: Call, group: str) -> Any:
    for row in groups.groups(call.tx, call.subject.id):
        if row["id"] == group:
            return row
    raise CabinetError("not_found")


def _free_name(call: Call, name: str, but: str = "") -> str:
    wanted = clean_label(name)
    for row in groups.groups(call.tx, call.subject.id):
        if row["id"] != but and same_label(row["name"], wanted):
            raise CabinetError("group_exists")
    return wanted


def _add(call: Call, person: Any, name: str, *, default: bool = False, known: int = 0) -> Any:
    if known >= MOST_GROUPS:
        raise CabinetError("limit_reached", most=MOST_GROUPS)
    group = new_id()
    groups.add_group(call.tx, group, str(person["id"]), name, call.now, default=default)
    return {"id": group, "name": name, "is_default": default}


def _shown(row: Any) -> dict[str, Any]:
    return {"group": row["id"], "name": row["name"], "default": row["is_default"]}
