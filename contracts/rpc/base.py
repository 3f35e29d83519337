"""What all requests of the services' RPCs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

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


#: Of texts for people.
Language = Literal["ru", "uk", "en"]
#: An e-mail address: something, an at sign, a domain with a dot; what it is worth, a letter shows.
Email = Annotated[
    str,
    Meta(
        pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+" + END, max_length=254, extra_json_schema={"format": "email"}
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
#: ISO 4217.
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}" + END)]
#: A part of an address: a house, a letter, a flat, an extension.
AddressPart = Annotated[str, Meta(max_length=16)]

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
