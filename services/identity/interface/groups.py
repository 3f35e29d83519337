"""Groups of accounts (ID-7)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, question
from contracts.rpc.base import Answer
from contracts.rpc.identity import groups as rpc
from services.identity.handlers import groups as handlers
from services.identity.handlers.inputs import label
from services.identity.interface.base import Area
from services.identity.views import groups as views


class GroupsArea(Area):
    """Groups of accounts (ID-7)."""

    @question
    def groups(self, ctx: RequestContext) -> Answer[rpc.Groups]:
        """The person's groups."""
        return views.my_groups(ctx)

    @command
    def create_group(self, ctx: RequestContext, request: rpc.NewGroupRequest) -> Answer[rpc.Group]:
        """An empty one."""
        return handlers.create_group(ctx, label("name", request.name))

    @command
    def rename_group(self, ctx: RequestContext, request: rpc.RenamingRequest) -> Answer[rpc.Group]:
        """Another name."""
        return handlers.rename_group(ctx, str(request.group), label("name", request.name))

    @command
    def delete_group(self, ctx: RequestContext, request: rpc.GroupRequest) -> Answer[rpc.GroupDeleted]:
        """Its accounts go to the default group."""
        return handlers.delete_group(ctx, str(request.group))
