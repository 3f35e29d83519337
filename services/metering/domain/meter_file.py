"""The file of meters that a supplier hands over (MT-1): CSV lines, checked one by one.

Columns: account_number, serial, resource, zones, digits, decimals, ratio, automated, installed_on, verified_on,
next_verification_on, model, opening, export, replaces, closing. ``opening`` holds the readings at installation,
``1.8.1=1024 1.8.2=880``; ``export`` says that the meter counts what is given to the grid, too (MT-14). A meter that
takes another one's place names its serial in ``replaces``, with that one's last readings in ``closing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts import import_files
from contracts.import_files import BadLine, read_day, read_number

MAX_RATIO = 1_000_000
REQUIRED = ("account_number", "serial", "resource", "zones", "installed_on")
YES = frozenset({"1", "true", "yes", "да", "так"})

#: (resource, zones, export) -> the zone of each register; nothing for a meter that the provider does not have.
KnownRegisters = Callable[[str, int, bool], dict[str, str]]


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
    verified_on: date | None = None
    registers: dict[str, str] = field(default_factory=dict)
    replaces: str = ""
    closing: dict[str, Decimal] = field(default_factory=dict)


class _Fault(Exception):
    """What is wrong with a line."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(code)
        self.code, self.column = code, column


def read_file(text: str, known: KnownRegisters) -> tuple[list[MeterLine], list[BadLine]]:
    """Good lines and bad ones."""

    def read(number: int, row: dict[str, str]) -> MeterLine | BadLine:
        try:
            return _read_line(number, row, known)
        except _Fault as fault:
            return BadLine(number, fault.code, fault.column)

    return import_files.read_lines(text, REQUIRED, "serial", read)


def _read_line(number: int, row: dict[str, str], known: KnownRegisters) -> MeterLine:
    zones = _whole(row, "zones", 1)
    codes = known(row["resource"], zones, _yes(row, "export"))
    if not codes:
        raise _Fault("resource_unknown", "resource")
    digits, decimals, ratio = _whole(row, "digits", 6), _whole(row, "decimals", 0), _ratio(row)
    if not (1 <= digits <= 9 and 0 <= decimals <= 6):
        raise _Fault("value_invalid", "digits")
    replaces = row.get("replaces", "")
    if replaces == row["serial"]:
        raise _Fault("value_invalid", "replaces")
    opening = _readings(row, "opening")
    if not set(opening) <= set(codes):
        raise _Fault("register_unknown", "opening")
    if any(value >= 10**digits for value in opening.values()):
        raise _Fault("value_invalid", "opening")
    closing = _readings(row, "closing")
    if bool(closing) != bool(replaces) or (replaces and set(opening) != set(codes)):
        # Both meters' readings at the change, or what was used around it is nobody's.
        raise _Fault("value_missing", "opening" if closing else "closing")
    return MeterLine(
        number,
        row["account_number"],
        row["serial"],
        row["resource"],
        zones,
        digits,
        decimals,
        ratio,
        _yes(row, "automated"),
        _day(row, "installed_on") or date.min,
        _day(row, "next_verification_on"),
        row.get("model", ""),
        opening,
        _day(row, "verified_on"),
        codes,
        replaces,
        closing,
    )


def _yes(row: dict[str, str], column: str) -> bool:
    return row.get(column, "").lower() in YES


def _day(row: dict[str, str], column: str) -> date | None:
    text = row.get(column, "")
    try:
        return read_day(text) if text else None
    except ValueError:
        raise _Fault("value_invalid", column) from None


def _whole(row: dict[str, str], column: str, default: int) -> int:
    try:
        return int(row.get(column) or default)
    except ValueError:
        raise _Fault("value_invalid", column) from None


def _ratio(row: dict[str, str]) -> Decimal:
    try:
        ratio = read_number(row.get("ratio") or "1")
    except (ValueError, InvalidOperation):
        raise _Fault("value_invalid", "ratio") from None
    if not 0 < ratio <= MAX_RATIO:
        raise _Fault("value_invalid", "ratio")
    return ratio


def _readings(row: dict[str, str], column: str) -> dict[str, Decimal]:
    """``1.8.1=1024 1.8.2=880``."""
    try:
        return read_values(row.get(column, ""))
    except (ValueError, InvalidOperation):
        raise _Fault("value_invalid", column) from None


def read_values(text: str) -> dict[str, Decimal]:
    """``1.8.1=1024 1.8.2=880`` by register. Raises ValueError, InvalidOperation."""
    found: dict[str, Decimal] = {}
    for part in text.split():
        code, _, value = part.partition("=")
        if code in found:
            raise ValueError(part)
        found[code] = read_number(value)
        if found[code] < 0:
            raise ValueError(part)
    return found
