"""Requests and answers of loyalty's RPCs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Period, Provider, Request


class AccountRequest(Request, frozen=True, kw_only=True):
    """One account."""

    account: UUID


class StandingsRequest(Request, frozen=True, kw_only=True):
    """A page of a provider's members, after an account (LY-7)."""

    provider: Provider
    after: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000


class ReviewRequest(Request, frozen=True, kw_only=True):
    """LY-3: the monthly review."""

    provider: Provider
    period: Period
