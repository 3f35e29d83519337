"""Phone numbers in E.164, by phonenumbers."""

from __future__ import annotations

import phonenumbers

from contracts.errors import CabinetError

MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
# A number without its country is read as one of these, in order. Their national forms differ in length, so that none
# is a number in both.
REGIONS = ("RU", "UA")
_BLOCK = 4


def normalise(text: str) -> str:
    """``+7 (999) 123-45-67`` -> ``+79991234567``, ``067 123 45 67`` -> ``+380671234567``. Raises CabinetError
    ``invalid_phone``."""
    for region in REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException as error:
            raise CabinetError("invalid_phone") from error
        if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in MOBILE:
            formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return formatted
    raise CabinetError("invalid_phone")


def block_of(phone: str) -> str:
    """The ten thousand numbers among which an E.164 number stands."""
    return phone[:-_BLOCK]
