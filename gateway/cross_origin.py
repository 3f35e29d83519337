"""Which pages of other origins may call (the Fetch standard's CORS). Tokens travel in a header, never in a cookie, so
that no answer depends on credentials that a browser would add by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from werkzeug.wrappers import Request, Response

METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id, Accept-Language"
EXPOSED: Final = (
    "X-Request-Id, ETag, Retry-After, RateLimit, RateLimit-Policy, Content-Disposition, Content-Language"
)
#: Seconds for which a browser need not ask again.
REMEMBERED: Final = "7200"


def is_preflight(request: Request) -> bool:
    """Does a browser ask whether it may call?"""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: Request, origins: Collection[str]) -> Response:
    """The answer: without a word of permission to an origin that is not configured."""
    response = Response(status=204)
    if request.headers.get("Origin") in origins:
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = REMEMBERED
    return response


def fields(request: Request, origins: Collection[str]) -> Mapping[str, str]:
    """What each answer says to a page of another origin."""
    origin = request.headers.get("Origin")
    if origin is None or origin not in origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
