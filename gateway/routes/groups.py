"""Groups of accounts (ID-7)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.identity.groups import Group, GroupDeleted, Groups
from gateway.models.groups import GroupName
from gateway.operations import SIGNED_IN, HttpRequest, operation


@operation("GET", "/groups", SIGNED_IN, answer=Groups)
def list_groups(request: HttpRequest) -> Any:
    """The person's groups; which accounts are in each the list of accounts tells."""
    return request.service("identity").groups()


@operation(
    "POST",
    "/groups",
    SIGNED_IN,
    body=GroupName,
    answer=Group,
    status=201,
    errors=("group_exists", "limit_reached"),
)
def create_group(request: HttpRequest) -> Any:
    """An empty group."""
    return request.service("identity").create_group(name=request.body.name)


@operation("PATCH", "/groups/{group}", SIGNED_IN, body=GroupName, answer=Group, errors=("group_exists",))
def rename_group(request: HttpRequest) -> Any:
    """Another name for a group."""
    return request.service("identity").rename_group(group=request.path["group"], name=request.body.name)


@operation("DELETE", "/groups/{group}", SIGNED_IN, answer=GroupDeleted, errors=("default_group_stays",))
def delete_group(request: HttpRequest) -> Any:
    """Delete a group; its accounts go to the default one."""
    return request.service("identity").delete_group(group=request.path["group"])
