"""Appeals, questions and answers."""

from __future__ import annotations

import msgspec

from gateway.models.moment import Moment


class NewAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SP-1: ``kind`` is ``appeal``, ``complaint`` or ``suggestion``."""

    kind: str
    subject: str
    text: str
    account: str | None = None


class AppealText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of a thread."""

    text: str


class AppealOpened(msgspec.Struct):
    """The appeal is with the supplier."""

    appeal: str
    state: str


class AppealState(msgspec.Struct):
    """Where the appeal stands."""

    appeal: str
    state: str


class MessageAdded(msgspec.Struct):
    """The message is in the thread."""

    appeal: str
    message: str
    state: str


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` is ``next`` of the page before."""

    limit: int = 20
    before: str | None = None


class AppealLine(msgspec.Struct):
    """An appeal in a list."""

    appeal: str
    kind: str
    account: str | None
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

    appeal: str
    kind: str
    account: str | None
    subject: str
    state: str
    opened_at: Moment
    changed_at: Moment
    messages: list[ThreadMessage]
    person: str | None = None
    priority: int | None = None
    waiting_since: Moment | None = None


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many at most."""

    limit: int = 50


class QueueLine(AppealLine):
    """An appeal that waits."""

    person: str
    priority: int
    waiting_since: Moment


class Queue(msgspec.Struct):
    """By priority, then longest waiting; ``waiting`` counts all."""

    appeals: list[QueueLine]
    waiting: int


class QuestionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ru, uk or en."""

    language: str = "ru"


class Question(msgspec.Struct):
    """A question and its answer."""

    id: str
    question: str
    answer: str


class Questions(msgspec.Struct):
    """In the order in which they stand on the page."""

    questions: list[Question]
