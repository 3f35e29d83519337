"""A person's groups of accounts (ID-7)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity.accounts import ChangeRequest
from services.identity.domain.groups import DEFAULT_GROUP, MAX_GROUPS, clean_label, same_label
from services.identity.handlers.profile import myself
from services.identity.store import grants, groups, links


def default_group(ctx: RequestContext, person: Any) -> Any:
    """The group where accounts go that were put nowhere, made if it is not there. The person's row is locked."""
    known = groups.groups(ctx.tx, str(person["id"]))
    found = next((row for row in known if row["is_default"]), None)
    if found is not None:
        return found
    name = DEFAULT_GROUP[person["language"]]
    namesake = next((row for row in known if same_label(row["name"], name)), None)
    if namesake is not None:
        groups.make_default(ctx.tx, namesake["id"])
        return namesake
    return _add(ctx, person, name, default=True)


def group_named(ctx: RequestContext, person: Any, name: str) -> Any:
    """The person's group of that name, made if it is not there; the default one for no name."""
    wanted = clean_label(name)
    if not wanted:
        return default_group(ctx, person)
    known = groups.groups(ctx.tx, str(person["id"]))
    found = next((row for row in known if same_label(row["name"], wanted)), None)
    return found if found is not None else _add(ctx, person, wanted, known=len(known))


def create_group(ctx: RequestContext, name: str) -> dict[str, Any]:
    """An empty group. Raises ``group_exists`` for a name that is there already, ``limit_reached``."""
    person = myself(ctx, lock=True)
    default_group(ctx, person)
    wanted = _free_name(ctx, name)
    known = groups.groups(ctx.tx, ctx.subject.id)
    return _shown(_add(ctx, person, wanted, known=len(known)))


def rename_group(ctx: RequestContext, group: str, name: str) -> dict[str, Any]:
    """The default one, too. Raises ``not_found``, ``group_exists``."""
    myself(ctx, lock=True)
    found = _mine(ctx, group)
    wanted = _free_name(ctx, name, but=group)
    groups.rename_group(ctx.tx, group, wanted)
    return _shown({**found, "name": wanted})


def delete_group(ctx: RequestContext, group: str) -> dict[str, Any]:
    """Its accounts go to the default group. Raises ``not_found``, ``default_group_stays``."""
    person = myself(ctx, lock=True)
    found = _mine(ctx, group)
    if found["is_default"]:
        raise CabinetError("default_group_stays")
    other = default_group(ctx, person)
    groups.empty_into(ctx.tx, group, other["id"])
    groups.delete_group(ctx.tx, group)
    return {"group": group, "moved_to": other["id"]}


def change_account(ctx: RequestContext, request: ChangeRequest) -> dict[str, Any]:
    """The person's own name of an account and its group; None leaves one as it is. An account of an organisation only
    has the organisation's name. Raises ``not_found`` for another's account or group."""
    myself(ctx, lock=True)
    account, group = str(request.account), str(request.group) if request.group else None
    if group is not None:
        _mine(ctx, group)
    label = None if request.name is None else clean_label(request.name)
    linked = links.set_own(ctx.tx, ctx.subject.id, account, name=label, group_id=group)
    if not linked and not grants.set_own(ctx.tx, ctx.subject.id, account, name=label, group_id=group):
        raise CabinetError("not_found")
    return {"account": account}


def _mine(ctx: RequestContext, group: str) -> Any:
    for row in groups.groups(ctx.tx, ctx.subject.id):
        if row["id"] == group:
            return row
    raise CabinetError("not_found")


def _free_name(ctx: RequestContext, name: str, but: str = "") -> str:
    wanted = clean_label(name)
    for row in groups.groups(ctx.tx, ctx.subject.id):
        if row["id"] != but and same_label(row["name"], wanted):
            raise CabinetError("group_exists")
    return wanted


def _add(ctx: RequestContext, person: Any, name: str, *, default: bool = False, known: int = 0) -> Any:
    if known >= MAX_GROUPS:
        raise CabinetError("limit_reached", most=MAX_GROUPS)
    group = new_id()
    groups.add_group(ctx.tx, group, str(person["id"]), name, ctx.now, default=default)
    return {"id": group, "name": name, "is_default": default}


def _shown(row: Any) -> dict[str, Any]:
    return {"group": row["id"], "name": row["name"], "default": row["is_default"]}
