"""The description of the interface itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from contracts.errors import CATALOGUE, KINDS
from contracts.wording import LANGUAGES, problem_title
from gateway.models.meta import ProblemKind, ProblemKinds, Titles
from gateway.operations import ANYONE, Document, HttpRequest, operation


@operation("GET", "/openapi.json", ANYONE, media="application/vnd.oai.openapi+json")
def openapi_document(request: HttpRequest) -> Any:
    """This document."""
    return Document(_document(), "application/vnd.oai.openapi+json", "openapi.json")


@operation("GET", "/problems", ANYONE, answer=ProblemKinds)
def problem_kinds(request: HttpRequest) -> ProblemKinds:
    """Every code of problem details with its status and its title in three languages (GW-6)."""
    return _problem_kinds()


@lru_cache(maxsize=1)
def _problem_kinds() -> ProblemKinds:
    return ProblemKinds(
        [
            ProblemKind(
                code,
                KINDS[CATALOGUE[code]],
                Titles(**{language: problem_title(language, code) for language in LANGUAGES}),
            )
            for code in sorted(CATALOGUE)
        ]
    )


@lru_cache(maxsize=1)
def _document() -> bytes:
    # Imported here: it looks at all operations, this one included.
    from gateway.openapi import build

    return msgspec.json.encode(build())
