"""Readings sent by people, one meter at a time, and what is known of a meter (MT-2 to MT-4, MT-6, MT-11)."""

from __future__ import annotations

from chassis.house import Call, HouseTools
from chassis.operations import command, question
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from services.metering import views
from services.metering.configuration import MeteringTools
from services.metering.handlers import submissions


class ReadingsArea:
    """What customers send, what staff enter, and what both may see of it."""

    house: HouseTools
    tools: MeteringTools

    @command(idempotent=True)
    def submit_readings(self, call: Call, request: rpc.SubmitRequest) -> Answer[rpc.Taken]:
        """A customer's readings of one meter (MT-2)."""
        return submissions.submit(call, self.tools, request)

    @command(idempotent=True)
    def resubmit_readings(self, call: Call, request: rpc.MeterRequest) -> Answer[rpc.Taken]:
        """The last readings again, unchanged (MT-2)."""
        return submissions.resubmit(call, self.tools, str(request.meter))

    @command(idempotent=True)
    def confirm_readings(self, call: Call, request: rpc.ReadingRequest) -> Answer[rpc.Taken]:
        """An unusual reading that was kept until it is confirmed (MT-4)."""
        return submissions.confirm(call, self.tools, str(request.reading))

    @command(idempotent=True)
    def enter_readings(self, call: Call, request: rpc.EnterRequest) -> Answer[rpc.Taken]:
        """Readings entered by an operator: paper, an inspector's, an estimate (MT-3, MT-10)."""
        call.subject.require_role("operator", "administrator")
        return submissions.enter(call, self.tools, request)

    @question
    def meter(self, call: Call, request: rpc.MeterRequest) -> Answer[rpc.Passport]:
        """A meter's passport, also of one that was replaced (MT-11)."""
        return views.passport(call, self.tools, str(request.meter))

    @question
    def meter_readings(self, call: Call, request: rpc.MeterReadingsRequest) -> Answer[rpc.ReadingVersions]:
        """Every version of every reading of a meter (MT-6)."""
        return views.meter_readings(call, str(request.meter), request.cursor, request.limit)
