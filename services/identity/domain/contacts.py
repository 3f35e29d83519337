"""A new phone that waits for its day, as a person sees it (ID-5)."""

from __future__ import annotations

from datetime import datetime


def shown(phone: str, takes_effect_at: datetime) -> dict[str, str]:
    """Plain values: the new phone, and when it takes the place of the old one."""
    return {"phone": phone, "takes_effect_at": takes_effect_at.isoformat()}
