"""Checking interval data (MT-9) and alerts on use (MT-13)."""

from __future__ import annotations

from datetime import timedelta

from chassis.house import Call, HouseTools
from chassis.operations import command, question
from chassis.schedules import every
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from services.metering.configuration import MeteringTools
from services.metering.handlers import edits, register_checking, vee
from services.metering.views import alerts, checking


class CheckingArea:
    """Days that count, what was found in those that came, and what is told of use."""

    house: HouseTools
    tools: MeteringTools

    @every(timedelta(minutes=1))
    def check_intervals(self) -> None:
        """Validate and estimate what came (MT-9), raise and clear alerts (MT-13)."""
        vee.carry_on(self.house, self.tools)

    @question
    def interval_findings(self, call: Call, request: rpc.FindingsRequest) -> Answer[rpc.Findings]:
        """What validation found, for staff."""
        call.subject.require_role("operator", "administrator")
        return checking.findings(call, request)

    @question
    def register_findings(
        self, call: Call, request: rpc.RegisterFindingsRequest
    ) -> Answer[rpc.RegisterFindings]:
        """Register readings that are withheld, for staff."""
        call.subject.require_role("operator", "administrator")
        return checking.register_findings(call, request)

    @command
    def decide_register_reading(
        self, call: Call, request: rpc.DecideRegisterReadingRequest
    ) -> Answer[rpc.RegisterFinding]:
        """Release one of them, or replace it by another value, with the reason."""
        call.subject.require_role("operator", "administrator")
        return register_checking.decide(call, request)

    @question
    def checked_day(self, call: Call, request: rpc.IntervalDayRequest) -> Answer[rpc.CheckedDay]:
        """A day with all its versions and edits, for staff."""
        call.subject.require_role("operator", "administrator")
        return checking.day(call, str(request.meter), request.channel, request.day)

    @command(idempotent=True)
    def edit_intervals(self, call: Call, request: rpc.EditIntervalsRequest) -> Answer[rpc.EditedDay]:
        """Values laid over a day by an operator, with the reason."""
        call.subject.require_role("operator", "administrator")
        return edits.edit(call, self.tools, request)

    @question
    def usage_alerts(self, call: Call, request: rpc.AlertsRequest) -> Answer[rpc.UsageAlerts]:
        """Alerts on use of an account, or of all accounts of the person."""
        return alerts.usage_alerts(call, request)
