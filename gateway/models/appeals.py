"""Appeals, questions and answers."""

from __future__ import annotations

import msgspec


class NewAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SP-1: ``kind`` is ``appeal``, ``complaint`` or ``suggestion``."""

    kind: str
    subject: str
    text: str
    account: str | None = None


class AppealText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of a thread."""

    text: str


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` is ``next`` of the page before."""

    limit: int = 20
    before: str | None = None


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many at most."""

    limit: int = 50


class QuestionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ru, uk or en."""

    language: str = "ru"
