"""What all events share: a name in the past tense, a version, and a payload that is plain JSON.

The payload is the struct itself; metadata (id, time, trace) travels in headers, so that a stock consumer sees
nothing but the facts. New fields come with defaults; a change of meaning is a new name.
"""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any, ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a service announces on its exchange ``<source>.events``."""

    source: ClassVar[str] = ""
    version: ClassVar[int] = 1

    @classmethod
    def event_name(cls) -> str:
        """``BillIssued`` travels with the routing key ``bill_issued``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def aggregate(self) -> str:
        """The key within which order is kept."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """Plain JSON values: Decimals and times as strings."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_payload(cls, payload: Any) -> Event:
        """Read a payload. Raises msgspec.ValidationError; unknown fields are ignored."""
        return msgspec.convert(payload, cls, strict=False)


def registered(*modules: ModuleType) -> dict[tuple[str, str], type[Event]]:
    """Every event class of the modules, by (source, name)."""
    found: dict[tuple[str, str], type[Event]] = {}
    for module in modules:
        for value in vars(module).values():
            # A leading underscore marks what the events of a source share, which is no event itself.
            if isinstance(value, type) and issubclass(value, Event) and value.__name__[0] != "_":
                found[(value.source, value.event_name())] = value
    found.pop((Event.source, Event.event_name()), None)
    return found
