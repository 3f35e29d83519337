"""Files of meters and readings, replacement and verification of meters (MT-1, MT-10, MT-11)."""

from __future__ import annotations

from datetime import timedelta

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.operations import IF_KEYED, command
from chassis.schedules import every
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import ImportReport
from services.metering.configuration import MeteringTools
from services.metering.handlers import confirming, meter_imports, passports, reading_imports


class ImportsArea:
    """What staff do to many meters at once, and to a meter itself."""

    service: ServiceContext
    tools: MeteringTools

    @command(idempotent=IF_KEYED)
    def import_meters(self, ctx: RequestContext, request: rpc.ImportMetersRequest) -> Answer[ImportReport]:
        """A supplier's file of meters (MT-1)."""
        ctx.subject.require_role("operator", "administrator")
        return meter_imports.import_meters(ctx, self.tools, request)

    @command(idempotent=IF_KEYED)
    def import_readings(
        self, ctx: RequestContext, request: rpc.ImportReadingsRequest
    ) -> Answer[rpc.ReadingsReport]:
        """A file of readings (MT-10)."""
        ctx.subject.require_role("operator", "administrator")
        return reading_imports.import_readings(ctx, self.tools, request)

    @command(idempotent=True)
    def replace_meter(self, ctx: RequestContext, request: rpc.ReplaceMeterRequest) -> Answer[rpc.Replaced]:
        """Another meter in the place of one (MT-1)."""
        ctx.subject.require_role("operator", "administrator")
        return passports.replace_meter(ctx, self.tools, request)

    @command
    def note_verification(
        self, ctx: RequestContext, request: rpc.VerificationRequest
    ) -> Answer[rpc.Verified]:
        """A meter was verified (MT-11)."""
        ctx.subject.require_role("operator", "administrator")
        return passports.note_verification(ctx, self.tools, request)

    @every(timedelta(hours=1))
    def remind_of_unconfirmed(self) -> None:
        """Readings that wait to be confirmed: before they lapse, and when they did (MT-4)."""
        confirming.remind(self.service)

    @every(timedelta(hours=6))
    def remind_of_verifications(self) -> None:
        """Verifications that are due in a month or a week (MT-11)."""
        passports.remind_of_verifications(self.service, self.tools)
