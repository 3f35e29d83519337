"""Numbers, dates and foreign text as a bill shows them. Digits are never rounded here, only set."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.wording import words
from services.billing.adapters.documents.model import Language

# The narrow space that doesn't break: U+2009, the plain thin space, would let a number wrap.
THIN_SPACE: Final = "\u202f"
MINUS: Final = "\u2212"

_LONG_RUN: Final = re.compile(r"\S{25,}")
# These turn the direction of the text around them, so that a name could rewrite the figures beside it.
_BIDI_CONTROLS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def number(value: Decimal | None, language: Language, *, at_least: int = 0) -> str:
    """Set a number with all its decimals, ``at_least`` as many; blank for None."""
    if value is None:
        return ""
    whole, _, decimals = f"{value.copy_abs():f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", THIN_SPACE)
    decimals = decimals.ljust(at_least, "0")
    mark = decimal_mark(language) if decimals else ""
    return f"{MINUS if value < 0 else ''}{grouped}{mark}{decimals}"


def money(value: Decimal | None, language: Language) -> str:
    """Set an amount with two decimals. More can only be zeros: the model lets no other digit through."""
    return "" if value is None else number(value.quantize(Decimal("0.01")), language)


def decimal_mark(language: Language) -> str:
    """Return what stands between the whole and the decimals."""
    return "." if language == "en" else ","


def aligned(column: Sequence[str], language: Language) -> list[tuple[str, str]]:
    """Pair each number with the tail that, set but not shown, brings its decimal mark under the others'."""
    mark = decimal_mark(language)
    longest = max((len(text.partition(mark)[2]) for text in column), default=0)
    pairs = []
    for text in column:
        missing = longest - len(text.partition(mark)[2])
        tail = (mark if mark not in text and missing else "") + "0" * missing
        pairs.append((text, tail if text else ""))
    return pairs


def day(value: date, language: Language) -> str:
    """Set a date the way the language writes it."""
    if language == "en":
        return f"{value.day} {words('en', 'values')['month'][value.month - 1]} {value.year}"
    return f"{value:%d.%m.%Y}"


def month(value: date, language: Language) -> str:
    """Set a month and its year."""
    return f"{words(language, 'values')['month'][value.month - 1]} {value.year}"


def clean(text: str) -> str:
    """Make foreign text fit to be set, leaving every visible character as it is.

    Line breaks and control characters become spaces, and a run too long for a column may break anywhere
    in eights (zero-width spaces), so that nothing runs off the paper.
    """
    # Nearly every text is printable all through, and then there is nothing to look for.
    plain = text if text.isprintable() else "".join(map(_plain, text.translate(_BIDI_CONTROLS)))
    return _LONG_RUN.sub(lambda run: _breakable(run[0]), " ".join(plain.split()))


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    # Half a surrogate pair can't be written as UTF-8 at all.
    return "\ufffd" if category == "Cs" else char


def _breakable(run: str) -> str:
    return "\u200b".join(run[at : at + 8] for at in range(0, len(run), 8))
