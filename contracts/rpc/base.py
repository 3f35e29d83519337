"""What all requests of the services' RPCs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from contracts.faults import Fault

#: The end of a text, in a pattern: to Python ``$`` is before a last line feed as well, and JSON Schema has no ``\\Z``.
END = r"(?![\s\S])"
#: ``YYYY-MM``.
Period = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])" + END)]
#: A moment with its offset from UTC.
Moment = Annotated[datetime, Meta(tz=True)]
#: A provider's id, which is the name of its profile.
ProviderId = Annotated[str, Meta(max_length=64)]
#: A contract account's number, as the supplier writes it.
AccountNumber = Annotated[str, Meta(max_length=32)]
#: A meter's serial number.
Serial = Annotated[str, Meta(max_length=64)]
#: Why a member of staff does what cannot be seen from the data.
Reason = Annotated[str, Meta(min_length=3, max_length=500)]


#: Part of an e-mail address: no at sign, dot or space, and no control character, which may open another line of a head.
_ATOM = r"[^@.\s\x00-\x1f\x7f-\x9f]+"
#: An e-mail address: something, an at sign, a domain with a dot; what it is worth, a letter shows.
Email = Annotated[
    str,
    Meta(
        pattern=rf"^{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})+" + END,
        max_length=254,
        # No ``format``: of addresses beyond ASCII every checker says something else.
        extra_json_schema={"examples": ["anna@example.org"]},
    ),
]
#: An absolute web address.
Url = Annotated[
    str, Meta(pattern=r"^https?://[^\s/]+\S*" + END, max_length=2000, extra_json_schema={"format": "uri"})
]
#: A code that came by SMS or mail, or that an app shows.
SixDigits = Annotated[str, Meta(pattern=r"^[0-9]{6}" + END)]
#: The id of a thing in an answer: a UUID with its hyphens.
Id = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}" + END,
        extra_json_schema={"format": "uuid"},
    ),
]


def _decimal(title: str, description: str, whole: int, decimals: int) -> Meta:
    """A decimal as a text: at most so many digits before and after the point. What the digits mean, rules say."""
    pattern = rf"^-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{decimals}}})?" + END
    return Meta(title=title, description=description, extra_json_schema={"pattern": pattern})


#: Money of the currency beside it, to the hundredth.
Amount: TypeAlias = Annotated[
    Decimal, _decimal("Amount", "Money of the currency that stands beside it, to the hundredth.", 16, 2)
]
#: What a unit costs.
Price: TypeAlias = Annotated[Decimal, _decimal("Price", "What a unit costs, with its VAT.", 12, 8)]
#: What a register or an interval counts.
Volume: TypeAlias = Annotated[
    Decimal, _decimal("Volume", "What a register counts, in the unit that stands beside it.", 16, 12)
]
#: A part of a whole.
Share: TypeAlias = Annotated[Decimal, _decimal("Share", "A part of a whole, from 0 to 1.", 1, 6)]
#: Of a transformer.
Ratio: TypeAlias = Annotated[
    Decimal, _decimal("Ratio", "Of a transformer: what the register counts is multiplied by it.", 7, 6)
]
#: Per cent.
Rate: TypeAlias = Annotated[Decimal, _decimal("Rate", "Per cent.", 3, 4)]
#: ISO 4217.
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}" + END)]
#: A part of an address: a house, a letter, a flat, an extension.
AddressPart = Annotated[str, Meta(max_length=16)]

#: Years of days and moments, births included.
FIRST_YEAR, LAST_YEAR = 1900, 2199
#: Days that anything here can be about.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


Struct = TypeVar("Struct")
#: What a method answers: the struct, or a mapping that fits it (rows, or JSON made by the database). Tests hold every
#: answer against the struct.
Answer: TypeAlias = Struct | Mapping[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a method of a service takes, by name. A field that is not declared is refused: a misspelt one must not be
    ignored."""

    def faults(self) -> Iterator[Fault]:
        """What is wrong with fields beside each other, where each is right by itself."""
        yield from ()


def day_faults(**days: date | None) -> Iterator[Fault]:
    """Days of fields that lie where no day can."""
    for field, day in days.items():
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield Fault(f"/{field}", "out_of_range", f"A day from {FIRST_DAY} to {LAST_DAY}.")


class Nothing(Request, frozen=True, kw_only=True):
    """No fields."""
