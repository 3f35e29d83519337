"""Values of interval data as whole thousandths of the unit: exact, never a binary float, never rounded.

Most head ends write every value with three decimals. Such a list is its own thousandths with the points taken out, so
it stays text on its way to the database; everything else is read as Decimals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

MILLI = Decimal(1000)
THOUSANDTH = Decimal("0.001")
# A channel's integers are signed 32-bit thousandths: 2 million units in one interval are no household's.
MOST = 2_147_483_647

_EXACT = Context(prec=16, traps=[Inexact, InvalidOperation, Overflow])
_VALUE = rb'(?:"\d{1,6}\.\d{3}"|\d{1,6}\.\d{3}|null)'
# No more spaces than json.dumps puts in: an outsider's text is matched in linear time.
_PLAIN = re.compile(rb"\[%b(?:, ?%b)*\]" % (_VALUE, _VALUE))

# Lists that matched, with all digits alike: a day of values below ten looks like every other.
_SHAPE = bytes.maketrans(b"123456789", b"000000000")
MAX_SHAPES, LONGEST_SHAPE = 1_000, 2_000
_plain_shapes: set[bytes] = set()


class ValueUnfitError(ValueError):
    """A value is negative, finer than a thousandth, or larger than any interval can be."""


class Values:
    """A run of thousandths, None where one is missing. ``size`` counts places, ``count`` values."""

    __slots__ = ("_amounts", "_text", "count", "size")

    def __init__(
        self, amounts: list[int | None] | None, *, text: str = "", size: int = 0, count: int = 0
    ) -> None:
        """From numbers; or from text as ``text`` below gives it, with its size and count."""
        self._amounts, self._text = amounts, text
        self.size, self.count = size, count
        if amounts is not None:
            self.size = len(amounts)
            self.count = self.size - amounts.count(None)

    @property
    def amounts(self) -> list[int | None]:
        """The numbers."""
        if self._amounts is None:
            self._amounts = [None if part == "null" else int(part) for part in self._text.split(",")]
        return self._amounts

    @property
    def text(self) -> str:
        """The numbers with commas between them, ``null`` for None; leading zeros mean nothing."""
        if not self._text and self._amounts:
            self._text = str(self._amounts)[1:-1].replace(" ", "").replace("None", "null")
        return self._text

    def part(self, first: int, size: int) -> Values:
        """Some of the places."""
        if first == 0 and size == self.size:
            return self
        return Values(self.amounts[first : first + size])

    def last(self) -> int:
        """The place of the last value; -1 if there is none."""
        if self.count == self.size:
            return self.size - 1
        if not self.count:
            return -1
        return max(place for place, amount in enumerate(self.amounts) if amount is not None)


def plain_values(json: bytes) -> Values | None:
    """Of a JSON array in which every value has three decimals (and at most six digits before them, so that all fit);
    None if it is any other, which proves nothing against it."""
    shape = json.translate(_SHAPE)
    if shape not in _plain_shapes:
        if _PLAIN.fullmatch(json) is None:
            return None
        if len(_plain_shapes) < MAX_SHAPES and len(shape) < LONGEST_SHAPE:
            _plain_shapes.add(shape)
    text = json[1:-1].translate(None, b'". ').decode()
    count = json.count(b".")
    return Values(None, text=text, count=count, size=count + json.count(b"null"))


def exact_values(values: Sequence[Decimal | None]) -> Values:
    """Raises ValueUnfitError for the first value that does not fit."""
    quantize, multiply = _EXACT.quantize, _EXACT.multiply
    try:
        amounts = [
            None if value is None else int(multiply(quantize(value, THOUSANDTH), MILLI)) for value in values
        ]
    except (ArithmeticError, ValueError):
        amounts = [None if value is None else to_milli(value) for value in values]
    known = [amount for amount in amounts if amount is not None]
    if known and not (min(known) >= 0 and max(known) <= MOST):
        amounts = [None if value is None else to_milli(value) for value in values]
    return Values(amounts)


def to_milli(value: Decimal) -> int:
    """Exact thousandths of one value. Raises ValueUnfitError."""
    # The range comes first: an integer of a million digits would be made before it is found too long.
    if not value.is_finite() or not 0 <= value <= MOST or value != value.quantize(THOUSANDTH):
        raise ValueUnfitError(str(value))
    amount = int(value * MILLI)
    if amount > MOST:
        raise ValueUnfitError(str(value))
    return amount
