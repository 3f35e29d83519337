"""What the interface says of itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Titles(msgspec.Struct, frozen=True):
    """A sentence in each language of the cabinet (ISO 639-1)."""

    ru: str
    uk: str
    en: str


class ProblemKind(msgspec.Struct, frozen=True):
    """A code of problem details; ``title`` is what they say in the language asked for."""

    code: str
    status: Annotated[int, Meta(ge=400, le=599)]
    title: Titles


class ProblemKinds(msgspec.Struct, frozen=True):
    """Every code there is, by name."""

    problems: list[ProblemKind]
