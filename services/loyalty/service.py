"""Loyalty on the bus: members, points and levels."""

from __future__ import annotations

from datetime import timedelta

from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import IF_KEYED, command, question
from chassis.provided import Provided
from chassis.schedules import every
from chassis.subscriptions import subscribe
from contracts.events.billing import AccountOpened, BillIssued, BillWithdrawn, DeliveryChanged, PaymentPosted
from contracts.events.identity import (
    AccountLinked,
    ContactConfirmed,
    PersonErased,
)
from contracts.events.metering import AutomatedReadingsStored, ReadingAccepted
from contracts.rpc import loyalty as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import Tables
from services.loyalty import views
from services.loyalty.configuration import LoyaltyTools, loyalty_tools
from services.loyalty.handlers import bills, readings, registration, reviewing


class LoyaltyService(KeepsGrants):
    """Who keeps the deadlines, and what it gives them."""

    name = "loyalty"
    service: ServiceContext = ServiceContextProvider()
    tools: LoyaltyTools = Provided(loyalty_tools)

    # --- questions ----------------------------------------------------------------------------------------------

    @question
    def overview(self, ctx: RequestContext) -> Answer[rpc.MemberLevels]:
        """Points and level of the person's accounts (LY-1)."""
        return views.overview(ctx.tx, self.tools, ctx.subject)

    @question
    def standing(self, ctx: RequestContext, request: rpc.AccountRequest) -> Answer[rpc.Standing]:
        """What each criterion gave, by period (LY-1)."""
        return views.standing(ctx.tx, self.tools, ctx.subject, str(request.account))

    @question
    def standings(self, ctx: RequestContext, request: rpc.StandingsRequest) -> Answer[rpc.Ranks]:
        """For the other services (LY-7)."""
        after = str(request.cursor) if request.cursor else None
        return views.standings(ctx.tx, self.tools, ctx.subject, request.provider, after, request.limit)

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx.tx, ctx.subject, str(request.person))

    # --- the monthly review and missed deadlines ------------------------------------------------------------------

    @command(idempotent=IF_KEYED)
    def review(self, ctx: RequestContext, request: rpc.ReviewRequest) -> Answer[rpc.Review]:
        """The monthly review of a provider, done again by staff (LY-3)."""
        ctx.subject.require_role("accountant", "administrator")
        return reviewing.review(ctx, self.tools, request.provider, request.period)

    @every(timedelta(minutes=10))
    def review_months(self) -> None:
        """The monthly review by itself, once a month has ended where the provider is (LY-3)."""
        reviewing.review_ended_months(self.service, self.tools)

    @every(timedelta(minutes=10))
    def burn_missed(self) -> None:
        """Points that can burn, where a deadline was missed (LY-2)."""
        reviewing.burn_all_missed(self.service, self.tools)

    # --- what others announce ---------------------------------------------------------------------------------------

    @subscribe(AccountOpened)
    def on_account_opened(self, ctx: RequestContext, event: AccountOpened) -> None:
        """A member (LY-1)."""
        bills.account_opened(ctx, self.tools, event)

    @subscribe(DeliveryChanged)
    def on_delivery_changed(self, ctx: RequestContext, event: DeliveryChanged) -> None:
        """With or without paper."""
        bills.delivery_changed(ctx, self.tools, event)

    @subscribe(BillIssued)
    def on_bill_issued(self, ctx: RequestContext, event: BillIssued) -> None:
        """A deadline (LY-4)."""
        bills.bill_issued(ctx, self.tools, event)

    @subscribe(BillWithdrawn)
    def on_bill_withdrawn(self, ctx: RequestContext, event: BillWithdrawn) -> None:
        """A deadline that is none any more (BL-4)."""
        bills.bill_withdrawn(ctx, self.tools, event)

    @subscribe(PaymentPosted)
    def on_payment_posted(self, ctx: RequestContext, event: PaymentPosted) -> None:
        """Money."""
        bills.payment_posted(ctx, self.tools, event)

    @subscribe(ReadingAccepted)
    def on_reading_accepted(self, ctx: RequestContext, event: ReadingAccepted) -> None:
        """A reading (LY-4)."""
        readings.reading_accepted(ctx, self.tools, event)

    @subscribe(AutomatedReadingsStored)
    def on_automated_readings_stored(self, ctx: RequestContext, event: AutomatedReadingsStored) -> None:
        """A meter that reads itself."""
        readings.automated_readings_stored(ctx, self.tools, event)

    @subscribe(AccountLinked)
    def account_linked(self, ctx: RequestContext, event: AccountLinked) -> None:
        """Somebody has the account in the cabinet."""
        registration.account_linked(ctx, self.tools, event)

    @subscribe(ContactConfirmed)
    def on_contact_confirmed(self, ctx: RequestContext, event: ContactConfirmed) -> None:
        """Perhaps an e-mail address."""
        registration.contact_confirmed(ctx, self.tools, event)

    @subscribe(PersonErased)
    def on_person_erased(self, ctx: RequestContext, event: PersonErased) -> None:
        """Nothing is left of somebody."""
        registration.person_erased(ctx, event)
