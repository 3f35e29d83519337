"""Payments on the bus: payments through payment systems, webhooks, fiscal receipts."""

from __future__ import annotations

from datetime import datetime, timedelta

from authorisation import access
from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import IF_KEYED, command, operation, question
from authorisation.subject import Subject
from chassis.background_jobs import BackgroundJobs
from chassis.provided import Provided
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
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
    #: What log lines may name besides, by its id (see chassis.logs).
    logged = frozenset({"payment"})
    service: ServiceContext = ServiceContextProvider()
    tools: PaymentTools = Provided(payment_tools)
    billing: RemoteService = Remote("billing", deadline=5.0)
    # Finish what was cut off; ask about payments whose webhook never came (PY-8).
    janitor = BackgroundJobs(lambda config, service: Janitor(service, payment_tools(config)))
    # Register fiscal receipts (PY-5).
    registering = BackgroundJobs(lambda config, service: Registering(service, payment_tools(config)))

    @operation
    def create(self, subject: Subject, request: rpc.CreateRequest) -> Answer[rpc.Payment]:
        """Begin a payment for one or several accounts (PY-1). Needs an idempotency key."""
        return creating.create(self.service, self.tools, self.billing, subject, request)

    @operation
    def webhook(self, subject: Subject, request: rpc.WebhookRequest) -> Answer[rpc.WebhookTaken]:
        """A payment system's notification, from the gateway's door."""
        outcome = webhooks.receive(self.service, self.tools, request.system, request.body, request.remote)
        return {"outcome": outcome}

    @question
    def payment(self, ctx: RequestContext, request: rpc.PaymentRequest) -> Answer[rpc.PaymentWithParts]:
        """One payment with its receipt."""
        return views.payment(ctx, str(request.payment))

    @question
    def history(self, ctx: RequestContext, request: rpc.MoneyHistoryRequest) -> Answer[rpc.Payments]:
        """The person's payments, newest first."""
        return views.history(ctx, request)

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx, str(request.person))

    # --- fiscal receipts ------------------------------------------------------------------------------------------

    @command
    def fiscal_callback(self, ctx: RequestContext, request: rpc.CallbackRequest) -> Answer[rpc.CallbackTaken]:
        """The fiscal operator has news of a receipt, from the gateway's door (PY-5)."""
        return receipts.called_back(ctx, self.tools, str(request.payment), request.seal)

    @question
    def receipts(self, ctx: RequestContext, request: rpc.ReceiptsRequest) -> Answer[rpc.Receipts]:
        """Receipts in a state, for staff."""
        ctx.subject.require_role("accountant", "administrator")
        return views.receipts(ctx, request)

    @command(idempotent=IF_KEYED)
    def register_receipt_again(self, ctx: RequestContext, request: rpc.PaymentRequest) -> Answer[rpc.Receipt]:
        """A receipt that failed, once more (PY-5)."""
        ctx.subject.require_role("accountant", "administrator")
        return receipts.register_again(ctx, str(request.payment))

    # --- what goes on by itself -----------------------------------------------------------------------------------

    @every(timedelta(minutes=1))
    def announce_unposted(self) -> datetime | None:
        """Money that the ledger does not confirm is announced again, with an alarm (PY-4)."""
        return announcing.announce_unposted(self.service)

    # --- what others announce -------------------------------------------------------------------------------------

    @subscribe(PaymentPosted, lasting=True)
    def payment_posted(self, ctx: RequestContext, event: PaymentPosted) -> None:
        """The ledger has a part of a payment (PY-4)."""
        announcing.part_posted(ctx, event.payment, event.account)

    @subscribe(BillWithdrawn)
    def bill_withdrawn(self, ctx: RequestContext, event: BillWithdrawn) -> None:
        """Whoever is on the way to pay it is told so (BL-4)."""
        store.note_withdrawal(ctx.tx, event.account, event.at)

    @subscribe(ContactConfirmed)
    def contact_confirmed(self, ctx: RequestContext, event: ContactConfirmed) -> None:
        """Where receipts may go."""
        store.save_contact(ctx.tx, event.person, event.channel, event.address, event.at)

    @subscribe(PersonErased)
    def person_erased(self, ctx: RequestContext, event: PersonErased) -> None:
        """Contacts go; payments and receipts are kept, as law asks (ID-9)."""
        store.erase_contacts(ctx.tx, event.person, event.at)
        access.revoke_all(ctx.tx, event.person, event.at)
