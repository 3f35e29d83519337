"""Addresses that may be recognised by whose they are, and by nobody else."""

from __future__ import annotations


def mask_email(address: str) -> str:
    """First letters of the name and the domain, and what the domain ends in.

    >>> mask_email("ivan.petrov@mail.example.ru")
    'i***@m***.ru'
    """
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"


def mask_phone(number: str) -> str:
    """The code and the last two digits of an E.164 number.

    >>> mask_phone("+79120000001")
    '+7***01'
    """
    return f"{number[:2]}***{number[-2:]}"


def short_name(name: str, surname: str) -> str:
    """As one would say whose it is: the name and the first letter of the surname; empty if there is no name."""
    return " ".join(part for part in (name, f"{surname[0]}." if surname else "") if part)
