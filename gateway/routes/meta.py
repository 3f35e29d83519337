"""The description of the interface itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from gateway.operations import ANYONE, Document, HttpRequest, operation


@operation("GET", "/openapi.json", ANYONE, media="application/vnd.oai.openapi+json")
def openapi_document(request: HttpRequest) -> Any:
    """This document."""
    return Document(_document(), "application/vnd.oai.openapi+json", "openapi.json")


@lru_cache(maxsize=1)
def _document() -> bytes:
    # Imported here: it looks at all operations, this one included.
    from gateway.openapi import build

    return msgspec.json.encode(build())
