"""Delegated access (ID-11)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, question
from contracts.rpc.base import Answer
from contracts.rpc.identity import grants as rpc
from services.identity.handlers import grants as handlers
from services.identity.interface.base import Area
from services.identity.views import grants as views


class GrantsArea(Area):
    """Delegated access (ID-11)."""

    @question
    def grants(self, ctx: RequestContext) -> Answer[rpc.Grants]:
        """What the person gave, was given, and is offered."""
        return views.my_grants(ctx)

    @command
    def offer_access(self, ctx: RequestContext, request: rpc.OfferRequest) -> Answer[rpc.Offered]:
        """Let another person use an account, once they accept."""
        return handlers.offer(ctx, self.tools, request)

    @command
    def accept_access(self, ctx: RequestContext, request: rpc.GrantRequest) -> Answer[rpc.Grant]:
        """Take what is offered."""
        return handlers.accept(ctx, str(request.grant))

    @command
    def decline_access(self, ctx: RequestContext, request: rpc.GrantRequest) -> Answer[rpc.Grant]:
        """Refuse it."""
        return handlers.decline(ctx, str(request.grant))

    @command
    def end_access(self, ctx: RequestContext, request: rpc.GrantRequest) -> Answer[rpc.Grant]:
        """Take back what was given, or give back what was received."""
        return handlers.end(ctx, str(request.grant))
