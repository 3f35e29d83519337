"""Requests and answers of support's RPCs."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Language, Request

#: What somebody turns to the supplier with (SP-1).
AppealKind = Literal["appeal", "complaint", "suggestion"]
#: What somebody wrote; a text of spaces says nothing.
MessageText = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"(?s).*\S")]


class OpenRequest(Request, frozen=True, kw_only=True):
    """SP-1."""

    kind: AppealKind
    account: UUID | None = None
    subject: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"(?s).*\S")]
    text: MessageText


class AppealsRequest(Request, frozen=True, kw_only=True):
    """A page; ``before`` is the cursor that the page before gave."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    before: UUID | None = None


class AppealRequest(Request, frozen=True, kw_only=True):
    """One."""

    appeal: UUID


class MessageRequest(AppealRequest, frozen=True, kw_only=True):
    """A message in its thread."""

    text: MessageText


class QueueRequest(Request, frozen=True, kw_only=True):
    """For staff: what waits."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class QuestionsRequest(Request, frozen=True, kw_only=True):
    """SP-5."""

    language: Language = "ru"


class PersonRequest(Request, frozen=True, kw_only=True):
    """For identity: somebody who asks what is held."""

    person: UUID
