"""What a person does with the inbox and the choices."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from services.notifications import store
from services.notifications.domain.kinds import can_choose


def mark_read(call: Call, messages: list[str] | None) -> dict[str, Any]:
    """These messages, or all (None); the answer is what is left unread. Others' messages are left alone."""
    person = call.subject.require_person()
    store.mark_read(call.tx, person, messages, call.now)
    return {"unread": store.unread(call.tx, person)}


def choose(call: Call, kind: str, channel: str, enabled: bool) -> dict[str, Any]:
    """Switch a kind on or off for a channel. Raises ``choice_locked`` for security messages (NT-2)."""
    person = call.subject.require_person()
    if not can_choose(kind, channel):
        raise CabinetError("choice_locked", kind=kind, channel=channel)
    store.save_choice(call.tx, person, kind, channel, enabled, call.now)
    return {"kind": kind, "channel": channel, "enabled": enabled}
