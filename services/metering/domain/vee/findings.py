"""What validation finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MISSING: Final = "missing"
NEGATIVE: Final = "negative"
TOO_HIGH: Final = "too_high"
SPIKE: Final = "spike"
STUCK: Final = "stuck"
ZEROS: Final = "zeros"
DAY_HIGH: Final = "day_high"
DAY_LOW: Final = "day_low"
DAY_LENGTH: Final = "day_length"
STEP_CHANGED: Final = "step_changed"
FLAGGED: Final = "flagged"
OUTAGE: Final = "outage"
SUM: Final = "sum"
NOT_ESTIMATED: Final = "not_estimated"

#: Every rule and what becomes of the values it names: replaced by an estimate, kept but not passed, or only told.
FAILS: Final = frozenset({MISSING, NEGATIVE, TOO_HIGH, OUTAGE, NOT_ESTIMATED})
DOUBTS: Final = frozenset({SPIKE, STUCK, DAY_LENGTH, FLAGGED, SUM})
TELLS: Final = frozenset({ZEROS, DAY_HIGH, DAY_LOW, STEP_CHANGED})
RULES: Final = FAILS | DOUBTS | TELLS
#: Doubts that registers settle: where these agree with the sum, the values stand.
SETTLED_BY_REGISTERS: Final = frozenset({SPIKE, STUCK, ZEROS, DAY_HIGH, DAY_LOW})


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that slots ``first`` to ``last`` of a day did not pass. ``found`` and ``expected`` are thousandths of the
    unit, or minutes for ``step_changed``, or slots for ``day_length``; None where there is nothing to compare."""

    first: int
    last: int
    rule: str
    found: int | None = None
    expected: int | None = None
