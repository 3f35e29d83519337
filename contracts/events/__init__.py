"""Integration events, one module a source service. ``REGISTRY`` knows every type by (source, name)."""

from contracts.events import billing, identity, loyalty, metering, notifications, payments, support
from contracts.events.base import Event, registered

REGISTRY: dict[tuple[str, str], type[Event]] = registered(
    identity, metering, billing, payments, loyalty, notifications, support
)

__all__ = ["REGISTRY", "Event"]
