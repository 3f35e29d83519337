"""Delegated access (ID-11)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import command, question
from contracts.rpc.identity import grants as rpc
from services.identity.handlers import grants as handlers
from services.identity.interface.base import Area
from services.identity.views import grants as views


class GrantsArea(Area):
    """Delegated access (ID-11)."""

    @question
    def grants(self, call: Call) -> Any:
        """What the person gave, was given, and is offered."""
        return views.my_grants(call)

    @command
    def offer_access(self, call: Call, request: rpc.OfferRequest) -> Any:
        """Let another person use an account, once they accept."""
        return handlers.offer(call, self.tools, request)

    @command
    def accept_access(self, call: Call, request: rpc.GrantRequest) -> Any:
        """Take what is offered."""
        return handlers.accept(call, str(request.grant))

    @command
    def decline_access(self, call: Call, request: rpc.GrantRequest) -> Any:
        """Refuse it."""
        return handlers.decline(call, str(request.grant))

    @command
    def end_access(self, call: Call, request: rpc.GrantRequest) -> Any:
        """Take back what was given, or give back what was received."""
        return handlers.end(call, str(request.grant))
