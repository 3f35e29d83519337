"""Notifications on the bus: the bell, e-mail and SMS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.errands import Errands
from chassis.grants import KeepsGrants
from chassis.house import Call, House, HouseTools, Provided
from chassis.operations import command, question
from chassis.schedules import every
from chassis.subscriptions import subscribe
from services.notifications import schemas, store, views
from services.notifications.configuration import NotificationTools, notification_tools
from services.notifications.handlers import inbox, news, people
from services.notifications.handlers.sending import sending

KEEP_DELIVERIES = timedelta(days=90)


class NotificationsService(KeepsGrants):
    """Tells people what happened."""

    name = "notifications"
    house: HouseTools = House()
    tools: NotificationTools = Provided(notification_tools)
    errands = Errands(sending)

    # --- the bell and the choices -------------------------------------------------------------------------------

    @question(schemas.Inbox)
    def inbox(self, call: Call, request: dict[str, Any]) -> Any:
        """The person's messages, newest first (NT-1)."""
        before = str(request["before"]) if request["before"] else None
        return views.inbox(call.tx, call.subject, request["limit"], before)

    @question(schemas.Nothing)
    def unread(self, call: Call, request: dict[str, Any]) -> Any:
        """The number in the bell."""
        return views.unread(call.tx, call.subject)

    @question(schemas.Nothing)
    def overview(self, call: Call, request: dict[str, Any]) -> Any:
        """Number and latest messages."""
        return views.overview(call.tx, call.subject)

    @command(schemas.MarkRead)
    def mark_read(self, call: Call, request: dict[str, Any]) -> Any:
        """Some messages or all."""
        return inbox.mark_read(call, None if request["all"] else [str(one) for one in request["messages"]])

    @question(schemas.Nothing)
    def choices(self, call: Call, request: dict[str, Any]) -> Any:
        """Which kinds go out by which channel (NT-2)."""
        return views.choices(call.tx, call.subject)

    @command(schemas.Choose)
    def choose(self, call: Call, request: dict[str, Any]) -> Any:
        """Switch one on or off."""
        return inbox.choose(call, request["kind"], request["channel"], request["enabled"])

    # --- people and accounts ------------------------------------------------------------------------------------

    @subscribe("identity", "person_registered")
    def on_person_registered(self, call: Call, event: Any) -> None:
        """Welcome."""
        people.person_registered(call, self.tools, event)

    @subscribe("identity", "contact_confirmed")
    def on_contact_confirmed(self, call: Call, event: Any) -> None:
        """Where to write to."""
        people.contact_confirmed(call, self.tools, event)

    @subscribe("identity", "language_chosen")
    def on_language_chosen(self, call: Call, event: Any) -> None:
        """Of messages to come (ID-5)."""
        people.language_chosen(call, event)

    @subscribe("identity", "password_changed")
    def on_password_changed(self, call: Call, event: Any) -> None:
        """Perhaps by somebody else."""
        people.password_changed(call, self.tools, event)

    @subscribe("identity", "person_erased")
    def on_person_erased(self, call: Call, event: Any) -> None:
        """Nothing is kept (ID-9)."""
        people.person_erased(call, self.tools, event)

    @question(schemas.Person)
    def personal_data(self, call: Call, request: dict[str, Any]) -> Any:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(call.tx, call.subject, str(request["person"]))

    @subscribe("identity", "account_linked")
    def account_linked(self, call: Call, event: Any) -> None:
        """Who has which account (ID-6)."""
        people.account_linked(call, self.tools, event)

    @subscribe("identity", "access_granted")
    def access_granted(self, call: Call, event: Any) -> None:
        """One person lets another do something (ID-11)."""
        people.access_granted(call, self.tools, event)

    @subscribe("identity", "access_revoked")
    def access_revoked(self, call: Call, event: Any) -> None:
        """And no longer."""
        people.access_revoked(call, self.tools, event)

    @subscribe("identity", "access_offered")
    def on_access_offered(self, call: Call, event: Any) -> None:
        """One person offers another something (ID-8, ID-11)."""
        people.access_offered(call, self.tools, event)

    @subscribe("identity", "code_issued")
    def on_code_issued(self, call: Call, event: Any) -> None:
        """A one-time code (ID-4)."""
        people.code_issued(call, event)

    @subscribe("billing", "account_opened")
    def on_account_opened(self, call: Call, event: Any) -> None:
        """Numbers for texts."""
        people.account_opened(call, event)

    # --- news ---------------------------------------------------------------------------------------------------

    @subscribe("metering", "reading_accepted")
    def on_reading_accepted(self, call: Call, event: Any) -> None:
        """A reading counts."""
        news.reading_accepted(call, self.tools, event)

    @subscribe("metering", "verification_due")
    def on_verification_due(self, call: Call, event: Any) -> None:
        """A meter must be verified soon (MT-11)."""
        news.verification_due(call, self.tools, event)

    @subscribe("metering", "usage_alert_raised")
    def on_usage_alert_raised(self, call: Call, event: Any) -> None:
        """Use is not what it was."""
        news.usage_alert_raised(call, self.tools, event)

    @subscribe("metering", "reading_unconfirmed")
    def on_reading_unconfirmed(self, call: Call, event: Any) -> None:
        """A reading waits for its sender's word."""
        news.reading_unconfirmed(call, self.tools, event)

    @subscribe("metering", "reading_lapsed")
    def on_reading_lapsed(self, call: Call, event: Any) -> None:
        """It waited in vain."""
        news.reading_lapsed(call, self.tools, event)

    @subscribe("metering", "usage_alert_cleared")
    def on_usage_alert_cleared(self, call: Call, event: Any) -> None:
        """It is again."""
        news.usage_alert_cleared(call, self.tools, event)

    @subscribe("billing", "bill_issued")
    def on_bill_issued(self, call: Call, event: Any) -> None:
        """A bill stands."""
        news.bill_issued(call, self.tools, event)

    @subscribe("billing", "bill_withdrawn")
    def on_bill_withdrawn(self, call: Call, event: Any) -> None:
        """A bill stands no more."""
        news.bill_withdrawn(call, self.tools, event)

    @subscribe("billing", "payment_posted")
    def on_payment_posted(self, call: Call, event: Any) -> None:
        """Money is on the account."""
        news.payment_posted(call, self.tools, event)

    @subscribe("payments", "payment_canceled")
    def on_payment_canceled(self, call: Call, event: Any) -> None:
        """Nothing was taken."""
        news.payment_canceled(call, self.tools, event)

    @subscribe("payments", "receipt_registered")
    def on_receipt_registered(self, call: Call, event: Any) -> None:
        """The fiscal receipt."""
        news.receipt_registered(call, self.tools, event)

    @subscribe("loyalty", "points_granted")
    def on_points_granted(self, call: Call, event: Any) -> None:
        """Points."""
        news.points_granted(call, self.tools, event)

    @subscribe("loyalty", "level_changed")
    def on_level_changed(self, call: Call, event: Any) -> None:
        """A level."""
        news.level_changed(call, self.tools, event)

    @subscribe("support", "appeal_answered")
    def on_appeal_answered(self, call: Call, event: Any) -> None:
        """An answer."""
        news.appeal_answered(call, self.tools, event)

    # --- housekeeping -------------------------------------------------------------------------------------------

    @every(timedelta(hours=1))
    def forget_old(self) -> None:
        """Deliveries long finished."""
        with self.house.database.transaction() as tx:
            store.forget_deliveries(tx, self.house.clock.now() - KEEP_DELIVERIES)
