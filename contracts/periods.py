"""Billing periods: a month of a provider, written ``YYYY-MM``."""

from __future__ import annotations

from datetime import date, datetime, tzinfo


class InvalidPeriodError(ValueError):
    """The text is not a month ``YYYY-MM``."""


def parse_period(text: str) -> date:
    """First day of the period. Raises InvalidPeriodError."""
    try:
        if len(text) != 7:
            raise ValueError(text)
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidPeriodError(f"not a month YYYY-MM: {text!r}") from error


def period_of(day: date) -> str:
    """The period that a day falls into."""
    return f"{day.year:04d}-{day.month:02d}"


def next_period(period: str) -> str:
    """The following month."""
    first = parse_period(period)
    return period_of(date(first.year + first.month // 12, first.month % 12 + 1, 1))


def previous_period(period: str) -> str:
    """The month before."""
    first = parse_period(period)
    return period_of(date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1))


def months_between(earlier: str, later: str) -> int:
    """How many months the later period is after the earlier one; negative where it is before.

    >>> months_between("2025-11", "2026-02")
    3
    """
    first, second = parse_period(earlier), parse_period(later)
    return (second.year - first.year) * 12 + second.month - first.month


def period_bounds(period: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants at which the period begins and ends in the provider's time zone."""
    first, after = parse_period(period), parse_period(next_period(period))
    return (
        datetime(first.year, first.month, 1, tzinfo=zone),
        datetime(after.year, after.month, 1, tzinfo=zone),
    )
