"""Limits on tries and sends: (how many, within how long). Counted over all callers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CODE_TRIES: Final = 5
CODE_LIFE: Final = timedelta(minutes=10)
# kind of attempt -> limits that all must hold
LIMITS: Final[dict[str, list[tuple[int, timedelta]]]] = {
    "send_code": [(5, timedelta(minutes=10)), (10, timedelta(days=1))],
    "sign_in": [(10, timedelta(minutes=10))],
    "link_person": [(10, timedelta(hours=1))],
    "link_account": [(10, timedelta(hours=1))],
}
