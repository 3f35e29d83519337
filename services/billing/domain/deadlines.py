"""When a bill is due: dated rules of the profile (facts: law 177-FZ changed them in March 2026)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.errors import CabinetError
from contracts.periods import next_period, parse_period


@dataclass(frozen=True)
class DeadlineRule:
    """Days of the month that follows the period."""

    valid_from: date
    bill_day: int
    pay_day: int
    early_day: int | None


def deadlines(rules: Sequence[DeadlineRule], period: str) -> tuple[date, date | None]:
    """(due on, early until) of the bill of a period: by the rule in force when the following month begins. Raises
    ``deadline_missing`` for a period before all rules."""
    following = parse_period(next_period(period))
    in_force = [rule for rule in rules if rule.valid_from <= following]
    if not in_force:
        raise CabinetError("deadline_missing", period=period)
    rule = in_force[-1]
    early = following.replace(day=rule.early_day) if rule.early_day else None
    return following.replace(day=rule.pay_day), early
