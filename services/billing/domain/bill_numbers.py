"""What a bill is called on paper."""

from __future__ import annotations


def bill_number(account_number: str, period: str, revision: int) -> str:
    """The account's number and the month; a bill in the place of one that was withdrawn says the how manieth it is.

    >>> bill_number("7400000001", "2026-10", 2)
    '7400000001-202610-2'
    """
    number = f"{account_number}-{period.replace('-', '')}"
    return number if revision == 1 else f"{number}-{revision}"
