"""The register of meters that a supplier hands over (MT-1): CSV lines, checked one by one.

Columns: account_number, serial, resource, zones, digits, decimals, ratio, automated, installed_on,
next_verification_on, opening. ``opening`` holds the readings at installation, ``1.8.1=1024 1.8.2=880``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts import registers
from contracts.registers import BadLine, read_day

MOST_RATIO = 1_000_000
REQUIRED = ("account_number", "serial", "resource", "zones", "installed_on")


@dataclass(frozen=True)
class MeterLine:
    """A good line."""

    line: int
    account_number: str
    serial: str
    resource: str
    zones: int
    digits: int
    decimals: int
    ratio: Decimal
    automated: bool
    installed_on: date
    next_verification_on: date | None
    model: str
    opening: dict[str, Decimal]


def read_register(text: str, known: dict[str, dict[str, str]]) -> tuple[list[MeterLine], list[BadLine]]:
    """Good lines and bad ones. ``known`` are the provider's registers, by ``resource-zones``."""
    return registers.read_register(
        text, REQUIRED, "serial", lambda number, row: _read_line(number, row, known)
    )


def _read_line(number: int, row: dict[str, str], kinds: dict[str, dict[str, str]]) -> MeterLine | BadLine:
    column = "zones"
    try:
        zones = int(row["zones"])
        known = kinds.get(f"{row['resource']}-{zones}")
        if known is None:
            return BadLine(number, "resource_unknown", "resource")
        column = "installed_on"
        installed_on = read_day(row["installed_on"])
        column = "next_verification_on"
        verification = row.get("next_verification_on")
        next_verification_on = read_day(verification) if verification else None
        column = "digits"
        digits = int(row.get("digits") or 6)
        column = "decimals"
        decimals = int(row.get("decimals") or 0)
        column = "ratio"
        ratio = Decimal(row.get("ratio") or "1")
        column = "opening"
        opening = {}
        for part in (row.get("opening") or "").split():
            code, _, value = part.partition("=")
            if code not in known:
                return BadLine(number, "register_unknown", "opening")
            opening[code] = Decimal(value)
            if not opening[code].is_finite() or opening[code] < 0:
                raise ValueError(value)
    except (ValueError, InvalidOperation):
        return BadLine(number, "value_invalid", column)
    if not (1 <= digits <= 9 and 0 <= decimals <= 6):
        return BadLine(number, "value_invalid", "digits")
    if not ratio.is_finite() or not 0 < ratio <= MOST_RATIO:
        return BadLine(number, "value_invalid", "ratio")
    if any(value >= 10**digits for value in opening.values()):
        return BadLine(number, "value_invalid", "opening")
    return MeterLine(
        number,
        row["account_number"],
        row["serial"],
        row["resource"],
        zones,
        digits,
        decimals,
        ratio,
        row.get("automated", "").lower() in ("1", "true", "yes", "да", "так"),
        installed_on,
        next_verification_on,
        row.get("model", ""),
        opening,
    )
