"""What a person shows to link an account (ID-6): one kind of proof a provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

METER_SERIAL, LAST_PAYMENT, ADDRESS = "meter_serial", "last_payment", "address"
#: Fields of each kind; all of a kind are sent on, empty where they were left out.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    METER_SERIAL: ("serial",),
    LAST_PAYMENT: ("amount",),
    ADDRESS: ("house", "letter", "flat", "extension"),
}
#: Which of them must be there. A house may have no flats.
NEEDED: Final = {METER_SERIAL: "serial", LAST_PAYMENT: "amount", ADDRESS: "house"}
STRONG, WEAK = "strong", "weak"
STRENGTHS: Final = (STRONG, WEAK)

_AMOUNT: Final = re.compile(r"\d{1,12}(?:[.,]\d{1,2})?")
_SPACES: Final = re.compile(r"[\s']+")


class ProofIncompleteError(Exception):
    """What the kind of proof needs is missing, or is no amount of money."""


def read_proof(kind: str, given: str | Mapping[str, Any]) -> dict[str, str]:
    """All fields of the kind, ready to be asked about; a bare text is the needed field. Raises ProofIncompleteError,
    which says nothing of any account."""
    # An address in one line has no parts.
    fields = {NEEDED[kind]: given} if isinstance(given, str) and kind != ADDRESS else given
    if isinstance(fields, str):
        raise ProofIncompleteError(kind)
    found = {name: str(fields.get(name, "")).strip() for name in FIELDS[kind]}
    if not found[NEEDED[kind]]:
        raise ProofIncompleteError(kind)
    if kind == LAST_PAYMENT:
        found["amount"] = str(read_amount(found["amount"]))
    return found


def read_amount(text: str) -> Decimal:
    """An amount of money with a point or a comma, and spaces between thousands. Raises ProofIncompleteError.

    >>> read_amount("1 250,5")
    Decimal('1250.5')
    """
    bare = _SPACES.sub("", text)
    if not _AMOUNT.fullmatch(bare):
        raise ProofIncompleteError(LAST_PAYMENT)
    return Decimal(bare.replace(",", "."))
