"""Readings without signing in (MT-5)."""

from __future__ import annotations

from datetime import timedelta

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.operations import IF_KEYED, command, question
from chassis.rpc.client import RemoteService
from chassis.schedules import every
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from services.metering import views
from services.metering.configuration import MeteringTools
from services.metering.handlers import guests, housekeeping


class GuestsArea:
    """What comes in by the form, the job that looks at it, and the queue of staff."""

    service: ServiceContext
    tools: MeteringTools
    billing: RemoteService

    @command(idempotent=True)
    def guest_readings(
        self, ctx: RequestContext, request: rpc.GuestReadingsRequest
    ) -> Answer[rpc.GuestReceived]:
        """Readings without signing in (MT-5)."""
        return guests.receive(ctx, self.tools, request)

    @question
    def guest_queue(self, ctx: RequestContext, request: rpc.GuestQueueRequest) -> Answer[rpc.GuestQueue]:
        """Readings without signing in that a member of staff must look at (MT-5)."""
        ctx.subject.require_role("operator", "administrator")
        return views.guest_queue(ctx, request)

    @command(idempotent=IF_KEYED)
    def decide_guest_reading(
        self, ctx: RequestContext, request: rpc.DecideGuestRequest
    ) -> Answer[rpc.Decided]:
        """Take one of them or not."""
        ctx.subject.require_role("operator", "administrator")
        return guests.decide(ctx, self.tools, request)

    @every(timedelta(minutes=1), woken_by=guests.GUEST_READINGS)
    def look_at_guest_readings(self) -> None:
        """Take what passes, queue the rest."""
        self.service.use_service_token()
        guests.look(self.service, self.tools, self.billing)

    @every(timedelta(hours=6))
    def forget_old_readings(self) -> None:
        """What strangers typed long ago."""
        housekeeping.forget(self.service)
