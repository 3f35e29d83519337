"""What several services are asked, and answer."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Amount, Moment, ProviderId, Request


class PersonRequest(Request, frozen=True, kw_only=True):
    """For identity: somebody who asks what is held."""

    person: UUID


class HistoryRequest(Request, frozen=True, kw_only=True):
    """A page of the person's history, newest first: of these accounts (of all if none is named), of this provider, from
    ``since`` on and before ``before``."""

    accounts: Annotated[list[UUID], Meta(max_length=1000)] | None = None
    provider: ProviderId | None = None
    since: Moment | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 20


class MoneyHistoryRequest(HistoryRequest, frozen=True, kw_only=True):
    """With the least and the greatest amount of money, both included."""

    least: Amount | None = None
    greatest: Amount | None = None


class AccountRequest(Request, frozen=True, kw_only=True):
    """One account."""

    account: UUID


class BadLine(msgspec.Struct):
    """A line that cannot be taken."""

    line: int
    code: str
    column: str


class ImportReport(msgspec.Struct):
    """Good lines are in, the bad ones listed."""

    lines: int
    good: int
    bad: list[BadLine]
    dry_run: bool
    added: int


class ProofChecked(msgspec.Struct):
    """Whether a proof fits the account (ID-6). An account that does not exist is no match, after the same work."""

    matches: bool


class Document(msgspec.Struct):
    """A file in base64; ``name`` is the one to save it under."""

    name: str
    content: str


#: Rows by table, as they are kept: what a service holds on a person (ID-9).
Tables = dict[str, list[dict[str, Any]]]
