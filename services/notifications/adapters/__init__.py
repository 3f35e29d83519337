"""The outside world of notifications: mail server, SMS service, template files. ``Sender`` is what a channel needs."""

from __future__ import annotations

from typing import Protocol

from services.notifications.domain.letters import Letter


class Sender(Protocol):
    """One channel. Adding another way to send is one class, named in configuration.py."""

    def send(self, letter: Letter) -> None:
        """Hand it over. Raises PutOffError, BouncedError, RefusedError (domain/faults.py)."""
