"""Checking interval data (MT-9) and alerts on use (MT-13)."""

from __future__ import annotations

from datetime import timedelta

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.operations import IF_KEYED, command, question
from chassis.schedules import every
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from services.metering.configuration import MeteringTools
from services.metering.handlers import edits, register_checking, vee
from services.metering.views import alerts, checking


class CheckingArea:
    """Days that count, what was found in those that came, and what is told of use."""

    service: ServiceContext
    tools: MeteringTools

    @every(timedelta(minutes=1))
    def check_intervals(self) -> None:
        """Validate and estimate what came (MT-9), raise and clear alerts (MT-13)."""
        vee.carry_on(self.service, self.tools)

    @question
    def interval_findings(self, ctx: RequestContext, request: rpc.FindingsRequest) -> Answer[rpc.Findings]:
        """What validation found, for staff."""
        ctx.subject.require_role("operator", "administrator")
        return checking.findings(ctx, request)

    @question
    def register_findings(
        self, ctx: RequestContext, request: rpc.RegisterFindingsRequest
    ) -> Answer[rpc.RegisterFindings]:
        """Register readings that are withheld, for staff."""
        ctx.subject.require_role("operator", "administrator")
        return checking.register_findings(ctx, request)

    @command(idempotent=IF_KEYED)
    def decide_register_reading(
        self, ctx: RequestContext, request: rpc.DecideRegisterReadingRequest
    ) -> Answer[rpc.RegisterFinding]:
        """Release one of them, or replace it by another value, with the reason."""
        ctx.subject.require_role("operator", "administrator")
        return register_checking.decide(ctx, request)

    @question
    def checked_day(self, ctx: RequestContext, request: rpc.IntervalDayRequest) -> Answer[rpc.CheckedDay]:
        """A day with all its versions and edits, for staff."""
        ctx.subject.require_role("operator", "administrator")
        return checking.day(ctx, str(request.meter), request.channel, request.day)

    @command(idempotent=True)
    def edit_intervals(self, ctx: RequestContext, request: rpc.EditIntervalsRequest) -> Answer[rpc.EditedDay]:
        """Values laid over a day by an operator, with the reason."""
        ctx.subject.require_role("operator", "administrator")
        return edits.edit(ctx, self.tools, request)

    @question
    def usage_alerts(self, ctx: RequestContext, request: rpc.AlertsRequest) -> Answer[rpc.UsageAlerts]:
        """Alerts on use of an account, or of all accounts of the person."""
        return alerts.usage_alerts(ctx, request)
