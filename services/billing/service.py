"""Billing on the bus: accounts, tariffs, charges, bills, ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import IF_KEYED, command, question
from chassis.provided import Provided
from chassis.rpc.client import Remote, RemoteService
from chassis.schedules import every
from chassis.subscriptions import subscribe
from contracts.events.identity import PersonErased
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.events.payments import PaymentSucceeded
from contracts.rpc import billing as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import Document, ProofChecked, Tables
from services.billing import views
from services.billing.configuration import BillingTools, billing_tools
from services.billing.domain.addresses import Place
from services.billing.handlers import accounts, payments, running, runs, withdrawing


class BillingService(KeepsGrants):
    """What is owed, and why."""

    name = "billing"
    #: What log lines may name besides, by its id (see chassis.logs).
    logged = frozenset({"account", "run"})
    service: ServiceContext = ServiceContextProvider()
    tools: BillingTools = Provided(billing_tools)
    metering: RemoteService = Remote("metering", deadline=20.0)

    # --- accounts -------------------------------------------------------------------------------------------------

    @command(idempotent=IF_KEYED)
    def import_accounts(
        self, ctx: RequestContext, request: rpc.ImportAccountsRequest
    ) -> Answer[rpc.AccountsReport]:
        """A supplier's file of accounts (BL-1)."""
        ctx.subject.require_role("operator", "accountant", "administrator")
        return accounts.import_accounts(ctx, self.tools, request)

    @command
    def set_delivery(self, ctx: RequestContext, request: rpc.DeliveryRequest) -> Answer[rpc.DeliveryChosen]:
        """How bills are delivered."""
        return accounts.set_delivery(ctx, str(request.account), request.delivery)

    @question
    def account(self, ctx: RequestContext, request: rpc.AccountRequest) -> Answer[rpc.AccountDetails]:
        """One account."""
        return views.account(ctx, str(request.account))

    @question
    def overview(self, ctx: RequestContext) -> Answer[rpc.Owed]:
        """What is owed on all the person's accounts."""
        return views.overview(ctx)

    @question
    def payable(self, ctx: RequestContext, request: rpc.AccountsRequest) -> Answer[rpc.Payable]:
        """For payments: provider, currency and balance."""
        return views.payable(ctx, [str(account) for account in request.accounts])

    # --- whose an account is ----------------------------------------------------------------------------------------

    @question
    def check_payment_proof(
        self, ctx: RequestContext, request: rpc.PaymentProofRequest
    ) -> Answer[ProofChecked]:
        """For services: is it the amount of the last payment (ID-6)?"""
        return views.check_payment_proof(ctx, request)

    @question
    def check_address_proof(
        self, ctx: RequestContext, request: rpc.AddressProofRequest
    ) -> Answer[ProofChecked]:
        """For services: is it the address (ID-6, MT-5)?"""
        asked = Place(request.house, request.letter, request.flat, request.extension)
        return views.check_address_proof(ctx, request.provider, request.number, asked)

    @question
    def contact_on_file(self, ctx: RequestContext, request: rpc.AccountRequest) -> Answer[rpc.ContactOnFile]:
        """For services: where a code may go that confirms a link (ID-6)."""
        return views.contact_on_file(ctx, str(request.account))

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx, str(request.person))

    # --- bills ----------------------------------------------------------------------------------------------------

    @question
    def preliminary_charge(
        self, ctx: RequestContext, request: rpc.PreliminaryRequest
    ) -> Answer[rpc.Preliminary]:
        """What a reading just sent costs (BL-6)."""
        return views.preliminary(ctx, self.tools, request)

    @question
    def history(self, ctx: RequestContext, request: rpc.MoneyHistoryRequest) -> Answer[rpc.Bills]:
        """Bills, newest first."""
        return views.history(ctx, request)

    @question
    def bill(self, ctx: RequestContext, request: rpc.BillRequest) -> Answer[rpc.BillWithLines]:
        """A bill, explained."""
        return views.bill(ctx, str(request.bill))

    @question
    def bill_pdf(self, ctx: RequestContext, request: rpc.BillPdfRequest) -> Answer[Document]:
        """A bill as PDF (BL-7), base64."""
        return views.bill_pdf(ctx, self.tools, str(request.bill), request.language)

    @question
    def statement(self, ctx: RequestContext, request: rpc.StatementRequest) -> Answer[rpc.Statement]:
        """All movements of an account between two days."""
        account = str(request.account)
        return views.statement(ctx, self.tools, account, request.first_day, request.last_day)

    # --- bill runs ------------------------------------------------------------------------------------------------

    @command(idempotent=IF_KEYED)
    def start_bill_run(self, ctx: RequestContext, request: rpc.StartRunRequest) -> Answer[rpc.Run]:
        """Begin a provider's run, or take it up again (BL-4)."""
        ctx.subject.require_role("accountant", "administrator")
        return runs.start(ctx, self.tools, request.provider, request.period)

    @command(idempotent=IF_KEYED)
    def cancel_bill_run(self, ctx: RequestContext, request: rpc.CancelRunRequest) -> Answer[rpc.Run]:
        """Take all bills of a run back (BL-4)."""
        ctx.subject.require_role("accountant", "administrator")
        return withdrawing.cancel(ctx, str(request.run), request.reason)

    @command(idempotent=IF_KEYED)
    def withdraw_bill(self, ctx: RequestContext, request: rpc.WithdrawBillRequest) -> Answer[rpc.Bill]:
        """Take one bill back (BL-4)."""
        ctx.subject.require_role("accountant", "administrator")
        return withdrawing.withdraw_one(ctx, str(request.bill), request.reason)

    @question
    def bill_run(self, ctx: RequestContext, request: rpc.RunRequest) -> Answer[rpc.Run]:
        """Its progress."""
        ctx.subject.require_role("accountant", "administrator")
        return views.run(ctx, str(request.run))

    @question
    def books(self, ctx: RequestContext) -> Answer[rpc.Books]:
        """Do the books sum to zero?"""
        ctx.subject.require_role("accountant", "administrator")
        return views.books(ctx)

    @every(timedelta(minutes=1), lease=timedelta(seconds=30), woken_by=runs.RUNS)
    def carry_on_bill_runs(self) -> datetime | None:
        """Make or withdraw pages of bills for some seconds; the next turn goes on, here or in another replica."""
        return running.carry_on(self.service, self.tools, self.metering)

    # --- what others announce -------------------------------------------------------------------------------------

    @subscribe(PaymentSucceeded, lasting=True)
    def payment_succeeded(self, ctx: RequestContext, event: PaymentSucceeded) -> None:
        """The money goes to the ledger (PY-4)."""
        payments.post_payment(ctx, event)

    @subscribe(PersonErased)
    def on_person_erased(self, ctx: RequestContext, event: PersonErased) -> None:
        """What they paid is proof of nothing any more."""
        payments.forget_payer(ctx, event)

    @subscribe(PointsAwarded)
    def points_awarded(self, ctx: RequestContext, event: PointsAwarded) -> None:
        """For the next bill (LY-1)."""
        accounts.keep_standing(ctx, event)

    @subscribe(LevelChanged)
    def level_changed(self, ctx: RequestContext, event: LevelChanged) -> None:
        """Likewise."""
        accounts.keep_standing(ctx, event)
