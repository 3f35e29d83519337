"""Loyalty on the bus: members, points and levels."""

from __future__ import annotations

from datetime import timedelta

from chassis.grants import KeepsGrants
from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import command, question
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
from services.loyalty import views
from services.loyalty.configuration import LoyaltyTools, loyalty_tools
from services.loyalty.domain.grants import last_ended
from services.loyalty.handlers import bills, readings, registration, reviewing


class LoyaltyService(KeepsGrants):
    """Who keeps the deadlines, and what it gives them."""

    name = "loyalty"
    house: HouseTools = House()
    tools: LoyaltyTools = Provided(loyalty_tools)

    # --- questions ----------------------------------------------------------------------------------------------

    @question
    def overview(self, call: Call) -> Answer[rpc.MemberLevels]:
        """Points and level of the person's accounts (LY-1)."""
        return views.overview(call.tx, self.tools, call.subject)

    @question
    def standing(self, call: Call, request: rpc.AccountRequest) -> Answer[rpc.Standing]:
        """What each criterion gave, by period (LY-1)."""
        return views.standing(call.tx, self.tools, call.subject, str(request.account))

    @question
    def standings(self, call: Call, request: rpc.StandingsRequest) -> Answer[rpc.Ranks]:
        """For the other services (LY-7)."""
        after = str(request.cursor) if request.cursor else None
        return views.standings(call.tx, self.tools, call.subject, request.provider, after, request.limit)

    # --- the monthly review and missed deadlines ------------------------------------------------------------------

    @command
    def review(self, call: Call, request: rpc.ReviewRequest) -> Answer[rpc.Review]:
        """The monthly review of a provider, done again by staff (LY-3)."""
        call.subject.require_role("accountant", "administrator")
        return reviewing.review(call, self.tools, request.provider, request.period)

    @every(timedelta(minutes=10))
    def review_months(self) -> None:
        """The monthly review by itself, once a month has ended where the provider is (LY-3)."""
        for provider in self.tools.programmes:
            with self.house.begin() as call:
                if reviewing.review_due(call, self.tools, provider):
                    ended = last_ended(self.tools.day(provider, call.now))
                    reviewing.review(call, self.tools, provider, ended)

    @every(timedelta(minutes=10))
    def burn_missed(self) -> None:
        """Points that can burn, where a deadline was missed (LY-2)."""
        for provider in self.tools.programmes:
            more = 1
            while more:
                with self.house.begin() as call:
                    more = reviewing.burn_missed(call, self.tools, provider)

    # --- what others announce ---------------------------------------------------------------------------------------

    @subscribe(AccountOpened)
    def on_account_opened(self, call: Call, event: AccountOpened) -> None:
        """A member (LY-1)."""
        bills.account_opened(call, self.tools, event)

    @subscribe(DeliveryChanged)
    def on_delivery_changed(self, call: Call, event: DeliveryChanged) -> None:
        """With or without paper."""
        bills.delivery_changed(call, self.tools, event)

    @subscribe(BillIssued)
    def on_bill_issued(self, call: Call, event: BillIssued) -> None:
        """A deadline (LY-4)."""
        bills.bill_issued(call, self.tools, event)

    @subscribe(BillWithdrawn)
    def on_bill_withdrawn(self, call: Call, event: BillWithdrawn) -> None:
        """A deadline that is none any more (BL-4)."""
        bills.bill_withdrawn(call, self.tools, event)

    @subscribe(PaymentPosted)
    def on_payment_posted(self, call: Call, event: PaymentPosted) -> None:
        """Money."""
        bills.payment_posted(call, self.tools, event)

    @subscribe(ReadingAccepted)
    def on_reading_accepted(self, call: Call, event: ReadingAccepted) -> None:
        """A reading (LY-4)."""
        readings.reading_accepted(call, self.tools, event)

    @subscribe(AutomatedReadingsStored)
    def on_automated_readings_stored(self, call: Call, event: AutomatedReadingsStored) -> None:
        """A meter that reads itself."""
        readings.automated_readings_stored(call, self.tools, event)

    @subscribe(AccountLinked)
    def account_linked(self, call: Call, event: AccountLinked) -> None:
        """Somebody has the account in the cabinet."""
        registration.account_linked(call, self.tools, event)

    @subscribe(ContactConfirmed)
    def on_contact_confirmed(self, call: Call, event: ContactConfirmed) -> None:
        """Perhaps an e-mail address."""
        registration.contact_confirmed(call, self.tools, event)

    @subscribe(PersonErased)
    def on_person_erased(self, call: Call, event: PersonErased) -> None:
        """Nothing is left of somebody."""
        registration.person_erased(call, event)
