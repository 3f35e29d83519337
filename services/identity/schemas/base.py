"""What requests share."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from chassis.operations import Request
from services.identity.domain.groups import NAME_LENGTH, clean_label
from services.identity.domain.people import clean_name, is_name

LANGUAGES = ("ru", "uk", "en")
SIX_DIGITS = validate.Regexp(r"^\d{6}$")


def text(most: int, least: int = 0) -> validate.Validator:
    """What any text that is stored or looked up must be."""
    return validate.Length(min=least, max=most)


class _Name(fields.String):
    """A name as it was typed; one that must be given must not be empty."""

    def __init__(self, *, empty: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._may_be_empty = empty or not options.get("required", False)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        found = clean_name(super()._deserialize(value, attr, data, **more) or "")
        if not (is_name(found) or (self._may_be_empty and not found)):
            raise ValidationError("A name has letters, spaces, hyphens and apostrophes, at most 60 of them.")
        return found


def person_name(**options: Any) -> fields.String:
    """A surname, a name or a patronymic (ID-1, ID-5)."""
    return _Name(**options)


class _Label(fields.String):
    """What a person calls a thing of their own, with single spaces."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(**options)
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        found = clean_label(super()._deserialize(value, attr, data, **more) or "")
        validate.Length(min=1, max=self._most)(found)
        return found


def label(*, most: int = NAME_LENGTH, **options: Any) -> fields.String:
    """A name of a group, an organisation: any characters, at least one (ID-7, ID-8)."""
    return _Label(most=most, **options)


class Nothing(Request):
    """No fields."""
