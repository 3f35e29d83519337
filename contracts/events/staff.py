"""What the events of all services share that tell of an action of staff (ID-10)."""

from __future__ import annotations

from datetime import datetime

from contracts.events.base import Event


class _StaffAction(Event, frozen=True, kw_only=True):
    """Somebody used a role of staff: identity keeps it in the audit log.

    ``action`` is one call of an operation; ``outcome`` is ``ok``, the stable code of a refusal, or ``begun`` for the
    first of the two entries of an operation with several transactions. ``kind`` is ``read`` or ``write``. ``targets``
    holds ids by what they name (``account``, ``bill``, ...), never free text. ``request`` is the request id.
    """

    action: str
    person: str
    roles: list[str]
    operation: str
    kind: str
    outcome: str
    at: datetime
    targets: dict[str, list[str]] = {}
    request: str = ""

    def aggregate(self) -> str:
        return self.person
