"""Files of a small world: accounts and meters as a supplier would hand them over."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Home:
    """An account with its meter."""

    provider: str
    number: str
    serial: str
    holder: str
    address: str
    resource: str
    zones: int
    automated: bool
    opening: dict[str, Decimal] = field(default_factory=dict)
    people: int = 2
    area: Decimal = Decimal("54.3")
    tariffs: str = ""
    #: House, letter, flat, extension, where the supplier asks for the address as proof.
    place: tuple[str, str, str, str] = ("", "", "", "")
    email: str = ""
    #: What is owed when the account comes in, and the last payment, where the supplier asks for it as proof.
    balance: Decimal | None = None
    paid_on: date | None = None
    paid: Decimal | None = None

    @property
    def proof(self) -> Any:
        """What its supplier asks for: the last payment, the address, or the meter's serial."""
        if self.paid is not None:
            return f"{self.paid}"
        house, letter, flat, _ = self.place
        return {"house": house, "letter": letter, "flat": flat} if house else self.serial

    def account_line(self, opened_on: date) -> str:
        """The line of the account file."""
        tariffs = self.tariffs or f"{self.resource}-{self.zones}"
        return (
            f"{self.number};{self.holder};{self.address};{self.people};{self.area};person;{tariffs};both;ru;"
            f"{opened_on.isoformat()};{';'.join(self.place)};{self.email};"
            f"{';'.join('' if told is None else f'{told}' for told in (self.balance, self.paid_on, self.paid))}"
        )

    def meter_line(self, installed_on: date) -> str:
        """The line of the meter file."""
        opening = " ".join(f"{code}={value}" for code, value in self.opening.items())
        return (
            f"{self.number};{self.serial};{self.resource};{self.zones};6;3;1;{'yes' if self.automated else 'no'};"
            f"{installed_on.isoformat()};2031-05-01;{opening}"
        )


ACCOUNT_COLUMNS = "number holder address people area kind tariffs delivery language opened_on"
ADDRESS_COLUMNS = "house letter flat extension email"
MONEY_COLUMNS = "balance paid_on paid"
ACCOUNT_HEADER = ";".join(f"{ACCOUNT_COLUMNS} {ADDRESS_COLUMNS} {MONEY_COLUMNS}".split())
METER_HEADER = ";".join(
    (
        "account_number", "serial", "resource", "zones", "digits", "decimals", "ratio", "automated",
        "installed_on", "next_verification_on", "opening",
    )
)  # fmt: skip


def account_file(homes: list[Home], opened_on: date) -> str:
    """CSV text."""
    return "\n".join([ACCOUNT_HEADER, *(home.account_line(opened_on) for home in homes)])


def meter_file(homes: list[Home], installed_on: date) -> str:
    """CSV text."""
    return "\n".join([METER_HEADER, *(home.meter_line(installed_on) for home in homes)])


def fresh_number() -> str:
    """A ten-digit account number that nobody has yet."""
    return f"{random.randint(10**9, 10**10 - 1)}"


def fresh_kyiv_number() -> str:
    """A fifteen-digit one."""
    return f"3{random.randint(10**13, 10**14 - 1)}"


def fresh_serial() -> str:
    """A meter serial."""
    return f"{random.randint(10**8, 10**9 - 1)}"


def fresh_phone() -> str:
    """A mobile number in a range that phonenumbers knows as Russian mobile."""
    return f"+7912{random.randint(10**6, 10**7 - 1)}"
