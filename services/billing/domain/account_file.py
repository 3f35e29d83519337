"""The file of accounts that a supplier hands over (BL-1): CSV lines, checked one by one.

Columns: number, holder, address, people, area, kind, tariffs (ids separated by spaces), delivery, language,
opened_on; house, letter, flat, extension (the address in parts, by which it can be proven), email (the contact on
file); balance (a debt is positive; of accounts that are new), paid_on and paid (day and amount of the last payment, by
which the account can be proven). A column that is left out or blank changes nothing of an account that is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts import import_files
from contracts.import_files import BadLine, read_day
from contracts.money import round_money
from contracts.numbers import is_bounded
from contracts.wording import LANGUAGES
from services.billing.domain.addresses import NOWHERE, PART_LENGTH, Place

REQUIRED = ("number", "holder", "address", "tariffs", "opened_on")
DELIVERIES = ("email", "both", "paper")
PLACE = ("house", "letter", "flat", "extension")
ZERO, MAX_MONEY = Decimal(0), Decimal("999999999.99")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True)
class AccountLine:
    """A good line."""

    line: int
    number: str
    holder: str
    address: str
    people: int
    area: Decimal
    kind: str
    tariffs: list[str]
    delivery: str
    language: str
    opened_on: date
    place: Place = NOWHERE
    email: str = ""
    balance: Decimal = ZERO
    paid_on: date | None = None
    paid: Decimal = ZERO
    #: Columns of the line that are not blank.
    given: frozenset[str] = frozenset()


def read_file(
    text: str, tariffs: Mapping[str, str], number_pattern: str, today: date
) -> tuple[list[AccountLine], list[BadLine]]:
    """Good lines and bad ones. ``tariffs`` gives the resource of each tariff of the provider; ``today`` is its own."""
    return import_files.read_lines(
        text, REQUIRED, "number", lambda number, row: _read_line(number, row, tariffs, number_pattern, today)
    )


def _read_line(
    number: int, row: dict[str, str], tariffs: Mapping[str, str], number_pattern: str, today: date
) -> AccountLine | BadLine:
    if not re.fullmatch(number_pattern, row["number"]):
        return BadLine(number, "number_format", "number")
    wanted = row["tariffs"].split()
    if any(tariff not in tariffs for tariff in wanted):
        return BadLine(number, "tariff_unknown", "tariffs")
    if len({tariffs[tariff] for tariff in wanted}) < len(wanted):
        # Two tariffs of one resource would charge the same use twice.
        return BadLine(number, "tariff_repeated", "tariffs")
    delivery = row.get("delivery") or "paper"
    kind = row.get("kind") or "person"
    language = row.get("language") or "ru"
    if delivery not in DELIVERIES or kind not in ("person", "company") or language not in LANGUAGES:
        return BadLine(number, "value_invalid", "delivery,kind,language")
    column = "opened_on"
    try:
        opened_on = read_day(row["opened_on"])
        column = "people"
        people = int(row.get("people") or 1)
        column = "area"
        area = Decimal(row.get("area") or 0)
        column = "balance"
        balance = _money(row.get("balance") or "0")
        column = "paid"
        paid = _money(row.get("paid") or "0")
        column = "paid_on"
        paid_on = read_day(row["paid_on"]) if row.get("paid_on") else None
    except (ValueError, InvalidOperation):
        return BadLine(number, "value_invalid", column)
    if not 0 <= people <= 100 or not area.is_finite() or not 0 <= area <= 100_000:
        return BadLine(number, "value_invalid", "people,area")
    if (paid_on is None) != (paid == 0) or paid < 0 or (paid_on is not None and paid_on > today):
        # A payment has a day and an amount, and was made.
        return BadLine(number, "value_invalid", "paid_on,paid")
    place = Place(**{part: row.get(part) or "" for part in PLACE})
    if any(len(getattr(place, part)) > PART_LENGTH for part in PLACE):
        return BadLine(number, "value_invalid", ",".join(PLACE))
    email = (row.get("email") or "").lower()
    if email and (len(email) > 254 or not EMAIL.fullmatch(email)):
        return BadLine(number, "value_invalid", "email")
    return AccountLine(
        number,
        row["number"],
        row["holder"],
        row["address"],
        people,
        area,
        kind,
        wanted,
        delivery,
        language,
        opened_on,
        place,
        email,
        balance,
        paid_on,
        paid,
        frozenset(column for column, value in row.items() if value),
    )


def _money(text: str) -> Decimal:
    """To the hundredth, with a point or a comma. Raises ValueError, InvalidOperation."""
    found = Decimal(text.replace(",", "."))
    if not is_bounded(found) or abs(found) > MAX_MONEY or found != round_money(found):
        raise ValueError(text)
    return found
