"""Counting attempts against limits."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from chassis import attempts
from chassis.attempts import Claim
from contracts.errors import CabinetError
from services.identity.domain.limits import LIMITS


def limit(ctx: RequestContext, *attempted: tuple[str, str]) -> None:
    """Count one attempt of each (kind, key); a key that is empty counts nothing.

    Raises ``too_many_requests`` when a limit is used up; with the transaction nothing is counted then.
    """
    claims = [Claim(kind, key, most, span) for kind, key in attempted if key for most, span in LIMITS[kind]]
    refused = attempts.count(ctx.tx, claims, ctx.now)
    if refused:
        longest = max(claim.span for claim in refused)
        raise CabinetError("too_many_requests", retry_after=int(longest.total_seconds()))


def used_up(ctx: RequestContext, kind: str, key: str) -> bool:
    """True if another attempt would be refused; counts nothing."""
    return any(attempts.counted(ctx.tx, kind, key, span, ctx.now) >= most for most, span in LIMITS[kind])
