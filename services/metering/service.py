"""Metering on the bus: meters, readings, automated metering."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta

from chassis.amqp.channel import Outgoing
from chassis.batches import Turn, batches
from chassis.context import current
from chassis.grants import KeepsGrants
from chassis.house import Call, House, HouseTools, Provided
from chassis.offload import offload
from chassis.operations import operation, question
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from chassis.subject import Subject
from contracts.rpc import metering as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import ProofChecked, Tables
from services.metering import views
from services.metering.adapters import exports
from services.metering.adapters.ami import MOST_BATCHES, QUEUE, declare_ami, read_batch, receipt_message
from services.metering.configuration import MeteringTools, metering_tools
from services.metering.domain.entries import MeterBatch
from services.metering.handlers import ingest_taking, register_checking, retention, similar
from services.metering.interface.checking import CheckingArea
from services.metering.interface.guests import GuestsArea
from services.metering.interface.readings import ReadingsArea
from services.metering.interface.registers import RegistersArea


class MeteringService(ReadingsArea, GuestsArea, RegistersArea, CheckingArea, KeepsGrants):
    """Meters and what they count."""

    name = "metering"
    house: HouseTools = House()
    tools: MeteringTools = Provided(metering_tools)
    billing: RemoteService = Remote("billing", deadline=3.0)

    # --- questions ----------------------------------------------------------------------------------------------

    @question
    def personal_data(self, call: Call, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(call, str(request.person))

    @question
    def check_meter_proof(self, call: Call, request: rpc.ProofRequest) -> Answer[ProofChecked]:
        """For identity, when an account is linked."""
        return views.check_meter_proof(call, request.provider, request.number, request.serial)

    @question
    def overview(self, call: Call) -> Answer[rpc.Meters]:
        """Meters, last readings and windows of all the person's accounts."""
        return views.overview(call, self.tools)

    @question
    def account_meters(self, call: Call, request: rpc.AccountRequest) -> Answer[rpc.Meters]:
        """Meters of one account."""
        return views.account_meters(call, self.tools, str(request.account))

    @question
    def history(self, call: Call, request: rpc.HistoryRequest) -> Answer[rpc.SubmittedReadings]:
        """Submissions, newest first."""
        return views.history(call, request)

    @operation
    def quantities(self, subject: Subject, request: rpc.QuantitiesRequest) -> Answer[rpc.RegisterQuantities]:
        """For billing's runs: of readings that were judged, and passed (MT-9)."""
        register_checking.bring_up_to_date(self.house, self.tools)
        accounts = [str(account) for account in request.accounts]
        core = self.tools.core.get(request.provider)
        zone = core.zone if core else None
        with self.house.database.snapshot() as tx:
            call = Call(tx, self.house.clock.now(), subject, current())
            return views.quantities(call, request.provider, request.period, accounts, zone)

    @question
    def interval_days(self, call: Call, request: rpc.IntervalsRequest) -> Answer[rpc.IntervalDays]:
        """Interval data by local days."""
        return views.interval_days(call, str(request.meter), request.first_day, request.last_day)

    @question
    def consumption(self, call: Call, request: rpc.ConsumptionRequest) -> Answer[rpc.Consumption]:
        """What was used by month, day or hour (MT-7)."""
        return views.consumption(call, self.tools, request)

    @question
    def download(self, call: Call, request: rpc.DownloadRequest) -> Answer[rpc.Download]:
        """A meter's data as a file in base64, gzipped where ``encoding`` says so (MT-12)."""
        kind = request.format
        data = views.meter_data(call, self.tools, str(request.meter), request.first_day, request.last_day)
        content = offload(exports.render, kind, data, request.language)
        return {
            "name": exports.file_name(kind, data),
            "media": exports.FORMATS[kind].media,
            "encoding": "gzip" if exports.FORMATS[kind].gzipped else "",
            "content": base64.b64encode(content).decode(),
        }

    # --- by the clock -------------------------------------------------------------------------------------------

    @every(timedelta(minutes=1))
    def compare_homes(self) -> None:
        """Count what homes used in months that are settled (MT-7)."""
        similar.carry_on(self.house, self.tools)

    # --- automated metering -------------------------------------------------------------------------------------

    @batches(QUEUE, declare_ami, most=MOST_BATCHES, read=read_batch, ahead=True)
    def ami_readings(self, batches: Sequence[tuple[str, MeterBatch]], turn: Turn) -> list[Outgoing]:
        """Batches of head-end systems: stored in one transaction, then answered with receipts (MT-8)."""
        stored = ingest_taking.take(self.house, self.tools, batches, turn)
        return [receipt_message(head_end, receipt) for head_end, receipt in stored]

    @every(timedelta(hours=6))
    def keep_months(self) -> None:
        """Partitions of the months to come; an end for old ones and for old batches."""
        retention.keep_months(self.house, self.tools)
