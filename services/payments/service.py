"""Payments on the bus: payments through payment systems, webhooks, fiscal receipts."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis import access
from chassis.errands import Errands
from chassis.grants import KeepsGrants
from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import command, operation, question
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from chassis.subject import Subject
from chassis.subscriptions import subscribe
from contracts.events.billing import BillWithdrawn, PaymentPosted
from contracts.events.identity import (
    ContactConfirmed,
    PersonErased,
)
from contracts.rpc import payments as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import Tables
from services.payments import store, views
from services.payments.configuration import PaymentTools, payment_tools
from services.payments.handlers import announcing, creating, receipts, webhooks
from services.payments.handlers.janitor import Janitor
from services.payments.handlers.receipts import Registering


class PaymentsService(KeepsGrants):
    """Money on its way to the ledger."""

    name = "payments"
    house: HouseTools = House()
    tools: PaymentTools = Provided(payment_tools)
    billing: RemoteService = Remote("billing", deadline=5.0)
    # Finish what was cut off; ask about payments whose webhook never came (PY-8).
    janitor = Errands(lambda config, house: Janitor(house, payment_tools(config)))
    # Register fiscal receipts (PY-5).
    registering = Errands(lambda config, house: Registering(house, payment_tools(config)))

    @operation
    def create(self, subject: Subject, request: rpc.CreateRequest) -> Answer[rpc.Payment]:
        """Begin a payment for one or several accounts (PY-1). Needs an idempotency key."""
        return creating.create(self.house, self.tools, self.billing, subject, request)

    @operation
    def webhook(self, subject: Subject, request: rpc.WebhookRequest) -> Answer[rpc.WebhookTaken]:
        """A payment system's notification, from the gateway's door."""
        outcome = webhooks.receive(self.house, self.tools, request.system, request.body, request.remote)
        return {"outcome": outcome}

    @question
    def payment(self, call: Call, request: rpc.PaymentRequest) -> Answer[rpc.PaymentWithParts]:
        """One payment with its receipt."""
        return views.payment(call, str(request.payment))

    @question
    def history(self, call: Call, request: rpc.MoneyHistoryRequest) -> Answer[rpc.Payments]:
        """The person's payments, newest first."""
        return views.history(call, request)

    @question
    def personal_data(self, call: Call, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(call, str(request.person))

    # --- fiscal receipts ------------------------------------------------------------------------------------------

    @command
    def fiscal_callback(self, call: Call, request: rpc.CallbackRequest) -> Answer[rpc.CallbackTaken]:
        """The fiscal operator has news of a receipt, from the gateway's door (PY-5)."""
        return receipts.called_back(call, self.tools, str(request.payment), request.seal)

    @question
    def receipts(self, call: Call, request: rpc.ReceiptsRequest) -> Answer[rpc.Receipts]:
        """Receipts in a state, for staff."""
        call.subject.require_role("accountant", "administrator")
        return views.receipts(call, request)

    @command
    def register_receipt_again(self, call: Call, request: rpc.PaymentRequest) -> Answer[rpc.Receipt]:
        """A receipt that failed, once more (PY-5)."""
        call.subject.require_role("accountant", "administrator")
        return receipts.register_again(call, str(request.payment))

    # --- what goes on by itself -----------------------------------------------------------------------------------

    @every(timedelta(minutes=1))
    def announce_unposted(self) -> datetime | None:
        """Money that the ledger does not confirm is announced again, with an alarm (PY-4)."""
        return announcing.announce_unposted(self.house)

    # --- what others announce -------------------------------------------------------------------------------------

    @subscribe(PaymentPosted, lasting=True)
    def payment_posted(self, call: Call, event: PaymentPosted) -> None:
        """The ledger has a part of a payment (PY-4)."""
        announcing.part_posted(call, event.payment, event.account)

    @subscribe(BillWithdrawn)
    def bill_withdrawn(self, call: Call, event: BillWithdrawn) -> None:
        """Whoever is on the way to pay it is told so (BL-4)."""
        store.note_withdrawal(call.tx, event.account, event.at)

    @subscribe(ContactConfirmed)
    def contact_confirmed(self, call: Call, event: ContactConfirmed) -> None:
        """Where receipts may go."""
        store.save_contact(call.tx, event.person, event.channel, event.address, event.at)

    @subscribe(PersonErased)
    def person_erased(self, call: Call, event: PersonErased) -> None:
        """Contacts go; payments and receipts are kept, as law asks (ID-9)."""
        store.erase_contacts(call.tx, event.person, event.at)
        access.revoke_all(call.tx, event.person, event.at)
