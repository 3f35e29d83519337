"""Phone numbers in E.164, by phonenumbers."""

from __future__ import annotations

import phonenumbers

from contracts.errors import CabinetError

MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalise(text: str, region: str = "RU") -> str:
    """``+7 (999) 123-45-67`` -> ``+79991234567``. Raises CabinetError ``invalid_phone``."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise CabinetError("invalid_phone") from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in MOBILE:
        raise CabinetError("invalid_phone")
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted
