"""The audit log: what staff of all services did (ID-10)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from chassis.operations import question
from chassis.subscriptions import subscribe
from services.identity.handlers import audit
from services.identity.interface.base import Area
from services.identity.schemas import staff as schemas
from services.identity.views import staff as views


class AuditArea(Area):
    """The audit log: what staff of all services did (ID-10)."""

    @question(schemas.Audit)
    def audit(self, call: Call, request: dict[str, Any]) -> Any:
        """A page of it, for administrators."""
        return views.audit(call, request)

    @subscribe("identity", "staff_acted")
    def on_staff_acted_here(self, call: Call, event: Any) -> None:
        """Here."""
        audit.append(call, event)

    @subscribe("metering", "staff_acted")
    def on_staff_acted_in_metering(self, call: Call, event: Any) -> None:
        """In metering."""
        audit.append(call, event)

    @subscribe("billing", "staff_acted")
    def on_staff_acted_in_billing(self, call: Call, event: Any) -> None:
        """In billing."""
        audit.append(call, event)

    @subscribe("payments", "staff_acted")
    def on_staff_acted_in_payments(self, call: Call, event: Any) -> None:
        """In payments."""
        audit.append(call, event)

    @subscribe("loyalty", "staff_acted")
    def on_staff_acted_in_loyalty(self, call: Call, event: Any) -> None:
        """In loyalty."""
        audit.append(call, event)

    @subscribe("notifications", "staff_acted")
    def on_staff_acted_in_notifications(self, call: Call, event: Any) -> None:
        """In notifications."""
        audit.append(call, event)

    @subscribe("support", "staff_acted")
    def on_staff_acted_in_support(self, call: Call, event: Any) -> None:
        """In support."""
        audit.append(call, event)
