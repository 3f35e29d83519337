"""Readings sent by people, one meter at a time, and what is known of a meter (MT-2 to MT-4, MT-6, MT-11)."""

from __future__ import annotations

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.operations import command, question
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from services.metering import views
from services.metering.configuration import MeteringTools
from services.metering.handlers import submissions


class ReadingsArea:
    """What customers send, what staff enter, and what both may see of it."""

    service: ServiceContext
    tools: MeteringTools

    @command(idempotent=True)
    def submit_readings(self, ctx: RequestContext, request: rpc.SubmitRequest) -> Answer[rpc.Taken]:
        """A customer's readings of one meter (MT-2)."""
        return submissions.submit(ctx, self.tools, request)

    @command(idempotent=True)
    def resubmit_readings(self, ctx: RequestContext, request: rpc.MeterRequest) -> Answer[rpc.Taken]:
        """The last readings again, unchanged (MT-2)."""
        return submissions.resubmit(ctx, self.tools, str(request.meter))

    @command(idempotent=True)
    def confirm_readings(self, ctx: RequestContext, request: rpc.ReadingRequest) -> Answer[rpc.Taken]:
        """An unusual reading that was kept until it is confirmed (MT-4)."""
        return submissions.confirm(ctx, self.tools, str(request.reading))

    @command(idempotent=True)
    def enter_readings(self, ctx: RequestContext, request: rpc.EnterRequest) -> Answer[rpc.Taken]:
        """Readings entered by an operator: paper, an inspector's, an estimate (MT-3, MT-10)."""
        ctx.subject.require_role("operator", "administrator")
        return submissions.enter(ctx, self.tools, request)

    @question
    def meter(self, ctx: RequestContext, request: rpc.MeterRequest) -> Answer[rpc.Passport]:
        """A meter's passport, also of one that was replaced (MT-11)."""
        return views.passport(ctx, self.tools, str(request.meter))

    @question
    def meter_readings(
        self, ctx: RequestContext, request: rpc.MeterReadingsRequest
    ) -> Answer[rpc.ReadingVersions]:
        """Every version of every reading of a meter (MT-6)."""
        return views.meter_readings(ctx, str(request.meter), request.cursor, request.limit)
