"""International bank account numbers: ISO 13616, check digits by ISO 7064 MOD 97-10."""

from __future__ import annotations

import re

FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
# Countries whose suppliers may have a profile; others are held to the form and the check digits alone.
LENGTHS = {"UA": 29}


def iban_is_sound(iban: str) -> bool:
    """True if form, length and check digits are right; no blanks inside."""
    if not FORM.fullmatch(iban) or len(iban) != LENGTHS.get(iban[:2], len(iban)):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
