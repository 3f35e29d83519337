"""Payments on the bus: payments through payment systems, webhooks, fiscal receipts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis import access
from chassis.grants import KeepsGrants
from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import operation, question
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from chassis.subject import Subject
from chassis.subscriptions import subscribe
from contracts.events.identity import (
    ContactConfirmed,
    PersonErased,
)
from services.payments import schemas, store, views
from services.payments.configuration import PaymentTools, payment_tools
from services.payments.handlers import creating, janitor, receipts, webhooks


class PaymentsService(KeepsGrants):
    """Money on its way to the ledger."""

    name = "payments"
    house: HouseTools = House()
    tools: PaymentTools = Provided(payment_tools)
    billing: RemoteService = Remote("billing", deadline=5.0)

    @operation(schemas.Create)
    def create(self, subject: Subject, request: dict[str, Any]) -> Any:
        """Begin a payment for one or several accounts (PY-1). Needs an idempotency key."""
        return creating.create(self.house, self.tools, self.billing, subject, request)

    @operation(schemas.Webhook)
    def webhook(self, subject: Subject, request: dict[str, Any]) -> Any:
        """A payment system's notification, from the gateway's door."""
        outcome = webhooks.receive(
            self.house, self.tools, request["system"], request["body"], request["remote"]
        )
        return {"outcome": outcome}

    @question(schemas.Payment)
    def payment(self, call: Call, request: dict[str, Any]) -> Any:
        """One payment with its receipt."""
        return views.payment(call, str(request["payment"]))

    @question(schemas.History)
    def history(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's payments, newest first."""
        return views.history(call, request)

    @question(schemas.Person)
    def personal_data(self, call: Call, request: dict[str, Any]) -> Any:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(call, str(request["person"]))

    # --- what goes on by itself -----------------------------------------------------------------------------------

    @every(timedelta(seconds=2), lease=timedelta(seconds=20))
    def look_after_payments(self) -> None:
        """Finish what was cut off; ask about payments whose webhook never came (PY-8)."""
        janitor.look_after(self.house, self.tools)

    @every(timedelta(milliseconds=500), lease=timedelta(seconds=20))
    def carry_on_receipts(self) -> None:
        """Register fiscal receipts (PY-5)."""
        receipts.carry_on(self.house, self.tools)

    # --- what others announce -------------------------------------------------------------------------------------

    @subscribe("identity", "contact_confirmed")
    def contact_confirmed(self, call: Call, event: ContactConfirmed) -> None:
        """Where receipts may go."""
        store.save_contact(call.tx, event.person, event.channel, event.address, event.at)

    @subscribe("identity", "person_erased")
    def person_erased(self, call: Call, event: PersonErased) -> None:
        """Contacts go; payments and receipts are kept, as law asks (ID-9)."""
        store.erase_contacts(call.tx, event.person, event.at)
        access.revoke_all(call.tx, event.person, event.at)
