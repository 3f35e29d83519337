"""Notifications on the bus: the bell, e-mail and SMS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import command, question
from chassis.background_jobs import BackgroundJobs
from chassis.provided import Provided
from chassis.schedules import every
from chassis.subscriptions import subscribe
from contracts.events.billing import AccountOpened, BillIssued, BillWithdrawn, PaymentPosted
from contracts.events.identity import (
    AccessGranted,
    AccessOffered,
    AccessRevoked,
    AccountLinked,
    CodeIssued,
    ContactConfirmed,
    LanguageChosen,
    PasswordChanged,
    PersonErased,
    PersonRegistered,
)
from contracts.events.loyalty import LevelChanged, PointsAwarded
from contracts.events.metering import (
    ReadingAccepted,
    ReadingLapsed,
    ReadingUnconfirmed,
    UsageAlertCleared,
    UsageAlertRaised,
    VerificationDue,
)
from contracts.events.payments import PaymentCanceled, ReceiptRegistered
from contracts.events.support import AppealAnswered
from contracts.rpc import notifications as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import Tables
from services.notifications import views
from services.notifications.configuration import NotificationTools, notification_tools
from services.notifications.handlers import bell, housekeeping, news, people
from services.notifications.handlers.sending import sending


class NotificationsService(KeepsGrants):
    """Tells people what happened."""

    name = "notifications"
    #: What log lines may name besides, by its id (see chassis.logs).
    logged = frozenset({"channel"})
    service: ServiceContext = ServiceContextProvider()
    tools: NotificationTools = Provided(notification_tools)
    background_jobs = BackgroundJobs(sending)

    # --- the bell and the choices -------------------------------------------------------------------------------

    @question
    def messages(self, ctx: RequestContext, request: rpc.MessagesRequest) -> Answer[rpc.Messages]:
        """The person's messages, newest first (NT-1)."""
        before = str(request.cursor) if request.cursor else None
        return views.messages(ctx.tx, ctx.subject, request.limit, before)

    @question
    def unread(self, ctx: RequestContext) -> Answer[rpc.Unread]:
        """The number in the bell."""
        return views.unread(ctx.tx, ctx.subject)

    @question
    def overview(self, ctx: RequestContext) -> Answer[rpc.Bell]:
        """Number and latest messages."""
        return views.overview(ctx.tx, ctx.subject)

    @command
    def mark_read(self, ctx: RequestContext, request: rpc.MarkReadRequest) -> Answer[rpc.Unread]:
        """Some messages or all."""
        return bell.mark_read(ctx, None if request.all else [str(one) for one in request.messages or ()])

    @question
    def choices(self, ctx: RequestContext) -> Answer[rpc.Choices]:
        """Which kinds go out by which channel (NT-2)."""
        return views.choices(ctx.tx, ctx.subject)

    @command
    def choose(self, ctx: RequestContext, request: rpc.ChooseRequest) -> Answer[rpc.ChoiceMade]:
        """Switch one on or off."""
        return bell.choose(ctx, request.kind, request.channel, request.enabled)

    # --- people and accounts ------------------------------------------------------------------------------------

    @subscribe(PersonRegistered)
    def on_person_registered(self, ctx: RequestContext, event: Any) -> None:
        """Welcome."""
        people.person_registered(ctx, self.tools, event)

    @subscribe(ContactConfirmed)
    def on_contact_confirmed(self, ctx: RequestContext, event: Any) -> None:
        """Where to write to."""
        people.contact_confirmed(ctx, self.tools, event)

    @subscribe(LanguageChosen)
    def on_language_chosen(self, ctx: RequestContext, event: Any) -> None:
        """Of messages to come (ID-5)."""
        people.language_chosen(ctx, event)

    @subscribe(PasswordChanged)
    def on_password_changed(self, ctx: RequestContext, event: Any) -> None:
        """Perhaps by somebody else."""
        people.password_changed(ctx, self.tools, event)

    @subscribe(PersonErased)
    def on_person_erased(self, ctx: RequestContext, event: Any) -> None:
        """Nothing is kept (ID-9)."""
        people.person_erased(ctx, self.tools, event)

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx.tx, ctx.subject, str(request.person))

    @subscribe(AccountLinked)
    def account_linked(self, ctx: RequestContext, event: Any) -> None:
        """Who has which account (ID-6)."""
        people.account_linked(ctx, self.tools, event)

    @subscribe(AccessGranted)
    def access_granted(self, ctx: RequestContext, event: Any) -> None:
        """One person lets another do something (ID-11)."""
        people.access_granted(ctx, self.tools, event)

    @subscribe(AccessRevoked)
    def access_revoked(self, ctx: RequestContext, event: Any) -> None:
        """And no longer."""
        people.access_revoked(ctx, self.tools, event)

    @subscribe(AccessOffered)
    def on_access_offered(self, ctx: RequestContext, event: Any) -> None:
        """One person offers another something (ID-8, ID-11)."""
        people.access_offered(ctx, self.tools, event)

    @subscribe(CodeIssued)
    def on_code_issued(self, ctx: RequestContext, event: Any) -> None:
        """A one-time code (ID-4)."""
        people.code_issued(ctx, event)

    @subscribe(AccountOpened)
    def on_account_opened(self, ctx: RequestContext, event: Any) -> None:
        """Numbers for texts."""
        people.account_opened(ctx, event)

    # --- news ---------------------------------------------------------------------------------------------------

    @subscribe(ReadingAccepted)
    def on_reading_accepted(self, ctx: RequestContext, event: Any) -> None:
        """A reading counts."""
        news.reading_accepted(ctx, self.tools, event)

    @subscribe(VerificationDue)
    def on_verification_due(self, ctx: RequestContext, event: Any) -> None:
        """A meter must be verified soon (MT-11)."""
        news.verification_due(ctx, self.tools, event)

    @subscribe(UsageAlertRaised)
    def on_usage_alert_raised(self, ctx: RequestContext, event: Any) -> None:
        """Use is not what it was."""
        news.usage_alert_raised(ctx, self.tools, event)

    @subscribe(ReadingUnconfirmed)
    def on_reading_unconfirmed(self, ctx: RequestContext, event: Any) -> None:
        """A reading waits for its sender's word."""
        news.reading_unconfirmed(ctx, self.tools, event)

    @subscribe(ReadingLapsed)
    def on_reading_lapsed(self, ctx: RequestContext, event: Any) -> None:
        """It waited in vain."""
        news.reading_lapsed(ctx, self.tools, event)

    @subscribe(UsageAlertCleared)
    def on_usage_alert_cleared(self, ctx: RequestContext, event: Any) -> None:
        """It is again."""
        news.usage_alert_cleared(ctx, self.tools, event)

    @subscribe(BillIssued)
    def on_bill_issued(self, ctx: RequestContext, event: Any) -> None:
        """A bill stands."""
        news.bill_issued(ctx, self.tools, event)

    @subscribe(BillWithdrawn)
    def on_bill_withdrawn(self, ctx: RequestContext, event: Any) -> None:
        """A bill stands no more."""
        news.bill_withdrawn(ctx, self.tools, event)

    @subscribe(PaymentPosted)
    def on_payment_posted(self, ctx: RequestContext, event: Any) -> None:
        """Money is on the account."""
        news.payment_posted(ctx, self.tools, event)

    @subscribe(PaymentCanceled)
    def on_payment_canceled(self, ctx: RequestContext, event: Any) -> None:
        """Nothing was taken."""
        news.payment_canceled(ctx, self.tools, event)

    @subscribe(ReceiptRegistered)
    def on_receipt_registered(self, ctx: RequestContext, event: Any) -> None:
        """The fiscal receipt."""
        news.receipt_registered(ctx, self.tools, event)

    @subscribe(PointsAwarded)
    def on_points_awarded(self, ctx: RequestContext, event: Any) -> None:
        """Points."""
        news.points_awarded(ctx, self.tools, event)

    @subscribe(LevelChanged)
    def on_level_changed(self, ctx: RequestContext, event: Any) -> None:
        """A level."""
        news.level_changed(ctx, self.tools, event)

    @subscribe(AppealAnswered)
    def on_appeal_answered(self, ctx: RequestContext, event: Any) -> None:
        """An answer."""
        news.appeal_answered(ctx, self.tools, event)

    # --- housekeeping -------------------------------------------------------------------------------------------

    @every(timedelta(hours=1))
    def forget_old(self) -> None:
        """Dispatches long finished."""
        housekeeping.forget_old(self.service)
