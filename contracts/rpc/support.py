"""Requests and answers of support's RPCs."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Language, Moment, Request
from contracts.rpc.common import PersonRequest as PersonRequest

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


class AppealOpened(msgspec.Struct):
    """The appeal is with the supplier."""

    appeal: Id
    state: str


class AppealState(msgspec.Struct):
    """Where the appeal stands."""

    appeal: Id
    state: str


class MessageAdded(msgspec.Struct):
    """The message is in the thread."""

    appeal: Id
    message: str
    state: str


class AppealLine(msgspec.Struct):
    """An appeal in a list."""

    appeal: Id
    kind: str
    account: Id | None
    subject: str
    state: str
    opened_at: Moment
    changed_at: Moment


class Appeals(msgspec.Struct):
    """Newest first."""

    appeals: list[AppealLine]
    next: str | None


class ThreadMessage(msgspec.Struct, omit_defaults=True):
    """``side`` is ``person`` or ``staff``; ``author`` is told to staff only."""

    id: str
    side: str
    text: str
    at: Moment
    author: str | None = None


class Appeal(msgspec.Struct, omit_defaults=True):
    """An appeal with its thread; person, priority and waiting time are told to staff only."""

    appeal: Id
    kind: str
    account: Id | None
    subject: str
    state: str
    opened_at: Moment
    changed_at: Moment
    messages: list[ThreadMessage]
    person: str | None = None
    priority: int | None = None
    waiting_since: Moment | None = None


class QueueLine(AppealLine):
    """An appeal that waits."""

    person: Id
    priority: int
    waiting_since: Moment


class Queue(msgspec.Struct):
    """By priority, then longest waiting; ``waiting`` counts all."""

    appeals: list[QueueLine]
    waiting: int


class Question(msgspec.Struct):
    """A question and its answer."""

    id: str
    question: str
    answer: str


class Questions(msgspec.Struct):
    """In the order in which they stand on the page."""

    questions: list[Question]
