"""Metering on the bus: meters, readings, automated metering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import access
from chassis.amqp.channel import Outgoing
from chassis.amqp.delivery import Delivery
from chassis.batches import batches
from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import command, question
from chassis.subscriptions import subscribe
from contracts.events.identity import AccessGranted, AccessRevoked, AccountLinked, AccountUnlinked
from contracts.sources import OPERATOR
from services.metering import schemas, views
from services.metering.adapters.ami import QUEUE, declare_ami, read_batch, receipt_message
from services.metering.configuration import MeteringTools, metering_tools
from services.metering.handlers import imports, ingest, submissions


class MeteringService:
    """Meters and what they count."""

    name = "metering"
    house: HouseTools = House()
    tools: MeteringTools = Provided(metering_tools)

    # --- readings by people -------------------------------------------------------------------------------------

    @command(schemas.Submit, idempotent=True)
    def submit_readings(self, call: Call, request: dict[str, Any]) -> Any:
        """A customer's readings of one meter (MT-2)."""
        return submissions.submit(call, self.tools, request)

    @command(schemas.Submit, idempotent=True)
    def enter_readings(self, call: Call, request: dict[str, Any]) -> Any:
        """The same, entered by an operator (MT-10)."""
        call.subject.require_role("operator", "administrator")
        return submissions.submit(call, self.tools, request, OPERATOR)

    @command(schemas.ImportMeters)
    def import_meters(self, call: Call, request: dict[str, Any]) -> Any:
        """A supplier's register of meters (MT-1)."""
        call.subject.require_role("operator", "administrator")
        return imports.import_meters(call, self.tools, request)

    # --- questions ----------------------------------------------------------------------------------------------

    @question(schemas.Proof)
    def check_meter_proof(self, call: Call, request: dict[str, Any]) -> Any:
        """For identity, when an account is linked."""
        return views.check_meter_proof(call, request["provider"], request["number"], request["serial"])

    @question(schemas.Nothing)
    def overview(self, call: Call, request: dict[str, Any]) -> Any:
        """Meters, last readings and windows of all the person's accounts."""
        return views.overview(call, self.tools)

    @question(schemas.Account)
    def account_meters(self, call: Call, request: dict[str, Any]) -> Any:
        """Meters of one account."""
        return views.account_meters(call, self.tools, str(request["account"]))

    @question(schemas.History)
    def history(self, call: Call, request: dict[str, Any]) -> Any:
        """Submissions, newest first."""
        return views.history(call, request)

    @question(schemas.Quantities)
    def quantities(self, call: Call, request: dict[str, Any]) -> Any:
        """For billing's runs."""
        accounts = [str(account) for account in request["accounts"]]
        return views.quantities(call, request["provider"], request["period"], accounts)

    @question(schemas.Intervals)
    def interval_days(self, call: Call, request: dict[str, Any]) -> Any:
        """Interval data by local days."""
        return views.interval_days(call, str(request["meter"]), request["first_day"], request["last_day"])

    # --- automated metering -------------------------------------------------------------------------------------

    @batches(QUEUE, declare_ami)
    def ami_readings(self, deliveries: Sequence[Delivery]) -> list[Outgoing]:
        """Batches of head-end systems: stored in one transaction, then answered with receipts (MT-8)."""
        incoming = [ingest.Incoming(*read_batch(delivery)) for delivery in deliveries]
        with self.house.database.transaction() as tx:
            receipts = ingest.ingest(tx, self.tools, self.house.clock.now(), incoming)
        return [
            receipt_message(item.batch.head_end, receipt)
            for item, receipt in zip(incoming, receipts, strict=True)
        ]

    # --- who may see what ---------------------------------------------------------------------------------------

    @subscribe("identity", "account_linked")
    def account_linked(self, call: Call, event: AccountLinked) -> None:
        """Keep the grant."""
        access.grant(call.tx, event.person, event.account, event.scopes, event.at)

    @subscribe("identity", "account_unlinked")
    def account_unlinked(self, call: Call, event: AccountUnlinked) -> None:
        """End it."""
        access.revoke(call.tx, event.person, event.account, event.at)

    @subscribe("identity", "access_granted")
    def access_granted(self, call: Call, event: AccessGranted) -> None:
        """Keep what one person lets another do (ID-11)."""
        access.grant(
            call.tx, event.person, event.account, event.scopes, event.at, via=event.grant, until=event.until
        )

    @subscribe("identity", "access_revoked")
    def access_revoked(self, call: Call, event: AccessRevoked) -> None:
        """End it."""
        access.revoke(call.tx, event.person, event.account, event.at, via=event.grant)
