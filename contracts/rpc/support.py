"""Requests and answers of support's RPCs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, Request
from contracts.rpc.common import PersonRequest as PersonRequest
from contracts.rpc.words import AppealKind, AppealState, Language, ThreadSide

#: What somebody wrote; a text of spaces says nothing.
MessageText = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]


class OpenRequest(Request, frozen=True, kw_only=True):
    """SP-1."""

    kind: AppealKind
    account: UUID | None = None
    subject: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    text: MessageText


class AppealsRequest(Request, frozen=True, kw_only=True):
    """A page; ``cursor`` is ``next`` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: UUID | None = None


class AppealRequest(Request, frozen=True, kw_only=True):
    """One."""

    appeal: UUID


class MessageRequest(AppealRequest, frozen=True, kw_only=True):
    """A message in its thread."""

    text: MessageText


class QueueRequest(Request, frozen=True, kw_only=True):
    """For staff: what waits; ``cursor`` is ``next`` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: UUID | None = None


class QuestionsRequest(Request, frozen=True, kw_only=True):
    """SP-5."""

    language: Language = "ru"


class AppealOpened(msgspec.Struct):
    """The appeal is with the supplier."""

    appeal: Id
    state: AppealState


class AppealClosed(msgspec.Struct):
    """Where the appeal stands."""

    appeal: Id
    state: AppealState


class MessageAdded(msgspec.Struct):
    """The message is in the thread."""

    appeal: Id
    message: Id
    state: AppealState


class AppealLine(msgspec.Struct):
    """An appeal in a list."""

    appeal: Id
    kind: AppealKind
    account: Id | None
    subject: str
    state: AppealState
    opened_at: Moment
    changed_at: Moment


class Appeals(msgspec.Struct):
    """Newest first."""

    appeals: list[AppealLine]
    next: Id | None


class ThreadMessage(msgspec.Struct, omit_defaults=True):
    """``side`` is ``person`` or ``staff``; ``author`` is told to staff only."""

    id: Id
    side: ThreadSide
    text: str
    at: Moment
    author: Id | None = None


class Appeal(msgspec.Struct, omit_defaults=True):
    """An appeal with its thread; person, priority and waiting time are told to staff only."""

    appeal: Id
    kind: AppealKind
    account: Id | None
    subject: str
    state: AppealState
    opened_at: Moment
    changed_at: Moment
    messages: list[ThreadMessage]
    person: Id | None = None
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
    next: Id | None


class Question(msgspec.Struct):
    """A question and its answer."""

    id: str
    question: str
    answer: str


class Questions(msgspec.Struct):
    """In the order in which they stand on the page."""

    questions: list[Question]
