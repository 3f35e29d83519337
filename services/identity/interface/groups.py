"""Groups of accounts (ID-7)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, question
from services.identity.handlers import groups as handlers
from services.identity.interface.base import Area
from services.identity.schemas import groups as schemas
from services.identity.schemas.base import Nothing
from services.identity.views import groups as views


class GroupsArea(Area):
    """Groups of accounts (ID-7)."""

    @question(Nothing)
    def groups(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's groups."""
        return views.my_groups(call)

    @command(schemas.NewGroup)
    def create_group(self, call: Call, request: dict[str, Any]) -> Any:
        """An empty one."""
        return handlers.create_group(call, request["name"])

    @command(schemas.Renaming)
    def rename_group(self, call: Call, request: dict[str, Any]) -> Any:
        """Another name."""
        return handlers.rename_group(call, str(request["group"]), request["name"])

    @command(schemas.Group)
    def delete_group(self, call: Call, request: dict[str, Any]) -> Any:
        """Its accounts go to the default group."""
        return handlers.delete_group(call, str(request["group"]))
