"""Quality marks of single values, by ESPI's numbers (NAESB REQ.21)."""

from __future__ import annotations

from typing import Final

EDITED: Final = 7
LIKE_DAY: Final = 8
INTERPOLATED: Final = 9
QUESTIONABLE: Final = 10
RAW: Final = 14
VALIDATED: Final = 17
FAILED: Final = 18

ESTIMATED: Final = frozenset({LIKE_DAY, INTERPOLATED})
#: What billing may use. A questionable value waits for a register, a correction or an operator.
PASSED: Final = frozenset({VALIDATED, LIKE_DAY, INTERPOLATED, EDITED})
