"""How a sending fails, as the adapters tell it. ``reason`` is a short stable word without personal data."""

from __future__ import annotations


class SendingError(Exception):
    """The base; ``reason`` goes into the dispatch's row and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PutOffError(SendingError):
    """The other side is away or busy, or the outcome is unknown: the same dispatch again later, under its id."""


class BouncedError(SendingError):
    """The address takes no messages: nothing more goes there until the person confirms it anew."""


class RefusedError(SendingError):
    """This message was refused for good, which says nothing about the address."""
