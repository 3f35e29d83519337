"""Metering on the bus: meters, readings, automated metering."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import operation, question
from authorisation.subject import Subject
from chassis.amqp.channel import Outgoing
from chassis.batches import Turn, batches
from chassis.provided import Provided
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import ProofChecked, Tables
from services.metering import views
from services.metering.adapters.ami import MAX_BATCHES, QUEUE, WAYS, declare_ami, read_batch, receipt_message
from services.metering.configuration import MeteringTools, metering_tools
from services.metering.domain.entries import MeterBatch
from services.metering.handlers import ingest_taking, register_checking, retention, similar
from services.metering.interface.checking import CheckingArea
from services.metering.interface.guests import GuestsArea
from services.metering.interface.imports import ImportsArea
from services.metering.interface.readings import ReadingsArea


class MeteringService(ReadingsArea, GuestsArea, ImportsArea, CheckingArea, KeepsGrants):
    """Meters and what they count."""

    name = "metering"
    #: What log lines may name besides, by its id (see chassis.logs).
    logged = frozenset({"period", "provider", "reading", "table"})
    service: ServiceContext = ServiceContextProvider()
    tools: MeteringTools = Provided(metering_tools)
    billing: RemoteService = Remote("billing", deadline=3.0)

    # --- questions ----------------------------------------------------------------------------------------------

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx, str(request.person))

    @question
    def check_meter_proof(self, ctx: RequestContext, request: rpc.ProofRequest) -> Answer[ProofChecked]:
        """For identity, when an account is linked."""
        return views.check_meter_proof(ctx, request.provider, request.number, request.serial)

    @question
    def overview(self, ctx: RequestContext) -> Answer[rpc.Meters]:
        """Meters, last readings and windows of all the person's accounts."""
        return views.overview(ctx, self.tools)

    @question
    def account_meters(self, ctx: RequestContext, request: rpc.AccountRequest) -> Answer[rpc.Meters]:
        """Meters of one account."""
        return views.account_meters(ctx, self.tools, str(request.account))

    @question
    def history(self, ctx: RequestContext, request: rpc.HistoryRequest) -> Answer[rpc.SubmittedReadings]:
        """Submissions, newest first."""
        return views.history(ctx, request)

    @operation
    def quantities(self, subject: Subject, request: rpc.QuantitiesRequest) -> Answer[rpc.RegisterQuantities]:
        """For billing's runs: of readings that were judged, and passed (MT-9)."""
        register_checking.bring_up_to_date(self.service, self.tools)
        with self.service.look(subject) as ctx:
            return views.quantities_of(ctx, self.tools, request)

    @question
    def interval_days(self, ctx: RequestContext, request: rpc.IntervalsRequest) -> Answer[rpc.IntervalDays]:
        """Interval data by local days."""
        return views.interval_days(ctx, str(request.meter), request.first_day, request.last_day)

    @question
    def consumption(self, ctx: RequestContext, request: rpc.ConsumptionRequest) -> Answer[rpc.Consumption]:
        """What was used by month, day or hour (MT-7)."""
        return views.consumption(ctx, self.tools, request)

    @question
    def download(self, ctx: RequestContext, request: rpc.DownloadRequest) -> Answer[rpc.Download]:
        """A meter's data as a file in base64, gzipped where ``encoding`` says so (MT-12)."""
        return views.download(ctx, self.tools, request)

    # --- by the clock -------------------------------------------------------------------------------------------

    @every(timedelta(minutes=1))
    def compare_homes(self) -> None:
        """Count what homes used in months that are settled (MT-7)."""
        similar.carry_on(self.service, self.tools)

    # --- automated metering -------------------------------------------------------------------------------------

    @batches(QUEUE, declare_ami, most=MAX_BATCHES, read=read_batch, ahead=True, ways=WAYS)
    def ami_readings(self, batches: Sequence[tuple[str, MeterBatch]], turn: Turn) -> list[Outgoing]:
        """Batches of head-end systems: stored in one transaction, then answered with receipts (MT-8)."""
        stored = ingest_taking.take(self.service, self.tools, batches, turn)
        return [receipt_message(head_end, receipt) for head_end, receipt in stored]

    @every(timedelta(hours=6))
    def keep_months(self) -> None:
        """Partitions of the months to come; an end for old ones and for old batches."""
        retention.keep_months(self.service, self.tools)
