"""What requests share."""

from __future__ import annotations

from marshmallow import validate

from chassis.operations import Request

LANGUAGES = ("ru", "uk", "en")
SIX_DIGITS = validate.Regexp(r"^\d{6}$")


def text(most: int, least: int = 0) -> validate.Validator:
    """What any text that is stored or looked up must be."""
    return validate.Length(min=least, max=most)


class Nothing(Request):
    """No fields."""
