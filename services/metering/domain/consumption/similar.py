"""Similar homes: how much others of the same supplier, resource and number of zones used in a month.

Homes are counted in bins of a fiftieth, so that no home's own figure is kept or shown: the quartiles are those of the
bins, to two digits, and of at least ``FEWEST`` homes.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Final

from contracts.periods import next_period, parse_period, period_of, previous_period

FEWEST: Final = 10
# A bin holds amounts from STEP**n to STEP**(n + 1).
STEP: Final = Decimal("1.02")
# A month is compared when the windows of all suppliers are over and late readings are in; a year and a month of them.
SETTLED_AFTER: Final = timedelta(days=7)
MONTHS: Final = 13
#: A reading is taken at most so long before and after the month it counts for.
EARLY: Final = timedelta(days=62)
LATE: Final = timedelta(days=40)
_two_digits = Context(prec=2)


def settled_months(today: date) -> list[str]:
    """The months to be compared, newest first."""
    month = previous_period(period_of(today))
    if today < parse_period(next_period(month)) + SETTLED_AFTER:
        month = previous_period(month)
    found = []
    for _ in range(MONTHS):
        found.append(month)
        month = previous_period(month)
    return found


def amount_of(bin_: int) -> Decimal:
    """What the homes of a bin used, to two digits: the middle of the bin."""
    middle = STEP ** (Decimal(bin_) + Decimal("0.5"))
    return Decimal(f"{_two_digits.plus(middle):f}")
