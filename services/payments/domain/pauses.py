"""When others are asked again, and how long they are waited for (PY-4, PY-5, PY-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.pauses import growing

#: A payment that its system said nothing of for so long is asked about; then after pauses that grow.
QUIET: Final = timedelta(seconds=15)
LONGEST_QUIET: Final = timedelta(minutes=10)
#: What is not on the ledger after so long is announced again.
UNPOSTED: Final = timedelta(minutes=2)
LONGEST_UNPOSTED: Final = timedelta(hours=1)
#: The fiscal operator calls back; only on silence it is asked (ATOL Online: ask after 300 s).
SILENCE: Final = timedelta(seconds=300)
#: After an operator's passing error.
RECEIPT_FIRST, RECEIPT_LONGEST = timedelta(seconds=1), timedelta(seconds=300)
#: A receipt that failed so often in a row is somebody's to look at.
ALARM_AFTER: Final = 8


def until_asked_again(asked: int) -> timedelta:
    """Of an open payment, after so many questions."""
    return growing(max(asked, 1), QUIET, LONGEST_QUIET)


def until_announced_again(announced: int) -> timedelta:
    """Of money that the ledger does not confirm."""
    return growing(max(announced, 1), UNPOSTED, LONGEST_UNPOSTED)


def until_receipt_tried_again(failures: int) -> timedelta:
    """Of a receipt, after so many failures in a row."""
    return growing(max(failures, 1), RECEIPT_FIRST, RECEIPT_LONGEST)
