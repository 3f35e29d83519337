"""Forgetting what is over."""

from __future__ import annotations

from chassis.house import HouseTools
from services.identity.store import attempts


def forget_old(house: HouseTools) -> None:
    """Attempts that limit nothing any more."""
    with house.begin() as call:
        attempts.forget(call.tx, call.now)
