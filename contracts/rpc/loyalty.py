"""Requests and answers of loyalty's RPCs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, Period, ProviderId, Request
from contracts.rpc.common import AccountRequest as AccountRequest
from contracts.rpc.common import PersonRequest as PersonRequest
from contracts.rpc.words import Criterion, Level


class StandingsRequest(Request, frozen=True, kw_only=True):
    """A page of a provider's members (LY-7); ``cursor`` is ``next`` of the page before."""

    provider: ProviderId
    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000


class ReviewRequest(Request, frozen=True, kw_only=True):
    """LY-3: the monthly review."""

    provider: ProviderId
    period: Period


class Points(msgspec.Struct):
    """What a criterion gave in a period (LY-2)."""

    period: Period | None
    points: int
    counts: bool
    missed: str | None
    at: Moment


class CriterionScore(msgspec.Struct):
    """A criterion of the programme and what it gave."""

    criterion: Criterion
    gives: int | None
    lasting: bool
    points: int
    periods: list[Points]


class LevelThreshold(msgspec.Struct, rename={"from_": "from"}):
    """From how many points a level begins."""

    level: Level
    from_: int


class Standing(msgspec.Struct):
    """Points and level of an account, criterion by criterion (LY-1)."""

    account: Id
    provider: ProviderId
    points: int
    level: Level
    rank: int
    next_level: Level | None
    points_missing: int
    first_period: Period | None
    levels: list[LevelThreshold]
    criteria: list[CriterionScore]


class Review(msgspec.Struct):
    """A monthly review of a provider's members (LY-3)."""

    provider: ProviderId
    period: Period
    first_period: Period
    members: int
    changed: int
    levels_changed: int


class MemberLevel(msgspec.Struct):
    """Points and level of an account, and what is missing to the next."""

    account: Id
    provider: ProviderId
    points: int
    level: Level
    rank: int
    next_level: Level | None
    points_missing: int


class MemberLevels(msgspec.Struct):
    """Points and levels of all the person's accounts (LY-1)."""

    accounts: list[MemberLevel]


class Rank(msgspec.Struct):
    """A member's points and level; ``rank`` counts levels from 0."""

    account: Id
    points: int
    level: Level
    rank: int


class Ranks(msgspec.Struct):
    """A page of a provider's members; ``next`` is the ``cursor`` of the following one."""

    standings: list[Rank]
    next: Id | None
