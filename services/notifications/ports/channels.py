"""A channel that carries letters: mail, SMS."""

from __future__ import annotations

from typing import Protocol

from services.notifications.domain.letters import Letter


class Sender(Protocol):
    """One channel. Adding another way to send is one class, named in configuration.py."""

    def send(self, letter: Letter) -> None:
        """Hand it over. Raises PutOffError, BouncedError, RefusedError (domain/faults.py)."""
