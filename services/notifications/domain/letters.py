"""What the adapters send."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.notifications.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address. ``id`` stays the same through all tries: the other side knows repeats by it."""

    id: str
    address: str = field(repr=False)
    language: str
    text: Text = field(repr=False)
