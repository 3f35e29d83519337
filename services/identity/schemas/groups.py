"""Groups of accounts (ID-7)."""

from __future__ import annotations

from marshmallow import fields

from chassis.operations import Request
from services.identity.schemas.base import label


class NewGroup(Request):
    """By its name."""

    name = label(required=True)


class Group(Request):
    """One of the person's."""

    group = fields.UUID(required=True)


class Renaming(Group):
    """Another name."""

    name = label(required=True)
