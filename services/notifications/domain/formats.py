"""Amounts, dates and numbers as each language writes them. Values are plain JSON, as they lie in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from contracts.money import SIGNS
from services.notifications.domain.plurals import plural

NBSP: Final = "\N{NO-BREAK SPACE}"

# {"month": [...12], "month_of": [...12], "balance": {...}, "zone": {...}, ...} and plurals {"point": [...]}
Words = Mapping[str, Any]


def number(language: str, value: str) -> str:
    """``1234567.5`` -> ``1 234 567,5`` or ``1,234,567.5``; the decimals stay as they are."""
    whole, _, decimals = f"{abs(Decimal(value)):f}".partition(".")
    groups, point = (",", ".") if language == "en" else (NBSP, ",")
    text = f"{int(whole):,}".replace(",", groups) + (point + decimals if decimals else "")
    return f"−{text}" if Decimal(value) < 0 else text


def money(language: str, value: Mapping[str, str]) -> str:
    """``{"amount": "1234.5", "currency": "RUB"}`` -> ``1 234,50 ₽`` or ``RUB 1,234.50``."""
    amount = number(language, f"{Decimal(value['amount']):.2f}")
    currency = value["currency"]
    return (
        f"{currency}{NBSP}{amount}" if language == "en" else f"{amount}{NBSP}{SIGNS.get(currency, currency)}"
    )


def day(words: Words, value: str) -> str:
    """``2026-11-10`` -> ``10 ноября 2026``."""
    parsed = date.fromisoformat(value[:10])
    return f"{parsed.day}{NBSP}{words['month_of'][parsed.month - 1]}{NBSP}{parsed.year}"


def month(words: Words, value: str) -> str:
    """``2026-10`` -> ``октябрь 2026``."""
    year, number_of_month = value.split("-")
    return f"{words['month'][int(number_of_month) - 1]}{NBSP}{year}"


def counted(language: str, words: Words, value: Any, noun: str) -> str:
    """``5`` -> ``5 баллов``."""
    return f"{number(language, str(int(value)))}{NBSP}{plural(language, int(value), words['plural'][noun])}"


def word(words: Words, table: str, value: Any) -> str:
    """A word of a table; one that the table does not have stands for itself."""
    return str(words.get(table, {}).get(str(value), value))


def balance(language: str, words: Words, value: Mapping[str, str]) -> str:
    """A debt, an overpayment, or nothing, as a phrase with the amount."""
    amount = Decimal(value["amount"])
    if amount == 0:
        return str(words["balance"]["settled"])
    phrase = str(words["balance"]["debt" if amount > 0 else "overpaid"])
    return f"{phrase} {money(language, {**value, 'amount': str(abs(amount))})}"


def readings(language: str, words: Words, value: list[Mapping[str, str]]) -> str:
    """Values of a meter's registers: ``день 4 036, ночь 120 кВт·ч``. A single register needs no name."""
    parts = [
        number(language, item["value"])
        if item["zone"] == "single"
        else f"{word(words, 'zone', item['zone'])} {number(language, item['value'])}"
        for item in value
    ]
    unit = word(words, "unit", value[0]["unit"]) if value else ""
    return f"{', '.join(parts)}{NBSP}{unit}"
