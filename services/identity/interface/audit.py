"""The audit log: what staff of all services did (ID-10)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from authorisation.operations import question
from chassis.subscriptions import subscribe
from contracts.events import billing as billing_events
from contracts.events import identity as identity_events
from contracts.events import loyalty as loyalty_events
from contracts.events import metering as metering_events
from contracts.events import notifications as notifications_events
from contracts.events import payments as payments_events
from contracts.events import support as support_events
from contracts.rpc.base import Answer
from contracts.rpc.identity import staff as rpc
from services.identity.handlers import audit
from services.identity.interface.base import Area
from services.identity.views import staff as views


class AuditArea(Area):
    """The audit log: what staff of all services did (ID-10)."""

    @question
    def audit(self, ctx: RequestContext, request: rpc.AuditRequest) -> Answer[rpc.AuditPage]:
        """A page of it, for administrators."""
        return views.audit(ctx, request)

    @subscribe(identity_events.StaffActed)
    def on_staff_acted_here(self, ctx: RequestContext, event: Any) -> None:
        """Here."""
        audit.append(ctx, event)

    @subscribe(metering_events.StaffActed)
    def on_staff_acted_in_metering(self, ctx: RequestContext, event: Any) -> None:
        """In metering."""
        audit.append(ctx, event)

    @subscribe(billing_events.StaffActed)
    def on_staff_acted_in_billing(self, ctx: RequestContext, event: Any) -> None:
        """In billing."""
        audit.append(ctx, event)

    @subscribe(payments_events.StaffActed)
    def on_staff_acted_in_payments(self, ctx: RequestContext, event: Any) -> None:
        """In payments."""
        audit.append(ctx, event)

    @subscribe(loyalty_events.StaffActed)
    def on_staff_acted_in_loyalty(self, ctx: RequestContext, event: Any) -> None:
        """In loyalty."""
        audit.append(ctx, event)

    @subscribe(notifications_events.StaffActed)
    def on_staff_acted_in_notifications(self, ctx: RequestContext, event: Any) -> None:
        """In notifications."""
        audit.append(ctx, event)

    @subscribe(support_events.StaffActed)
    def on_staff_acted_in_support(self, ctx: RequestContext, event: Any) -> None:
        """In support."""
        audit.append(ctx, event)
