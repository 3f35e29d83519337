"""What a person does with the bell and the choices."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from services.notifications import store
from services.notifications.domain.kinds import can_choose


def mark_read(ctx: RequestContext, messages: list[str] | None) -> dict[str, Any]:
    """These messages, or all (None); the answer is what is left unread. Others' messages are left alone."""
    person = ctx.subject.require_person()
    store.mark_read(ctx.tx, person, messages, ctx.now)
    return {"unread": store.unread(ctx.tx, person)}


def choose(ctx: RequestContext, kind: str, channel: str, enabled: bool) -> dict[str, Any]:
    """Switch a kind on or off for a channel. Raises ``choice_locked`` for security messages (NT-2)."""
    person = ctx.subject.require_person()
    if not can_choose(kind, channel):
        raise CabinetError("choice_locked", kind=kind, channel=channel)
    store.save_choice(ctx.tx, person, kind, channel, enabled, ctx.now)
    return {"kind": kind, "channel": channel, "enabled": enabled}
