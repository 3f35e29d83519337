"""Appeals to the supplier (SP-1), questions and answers (SP-5)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.support import Appeal, AppealClosed, AppealOpened, Appeals, MessageAdded, Questions, Queue
from gateway.models.appeals import AppealText, NewAppeal, QuestionQuery
from gateway.models.base import LongPageQuery, PageQuery
from gateway.operations import ANYONE, SIGNED_IN, HttpRequest, operation, staff

OPERATORS = staff("operator", "administrator")


@operation("GET", "/questions", ANYONE, query=QuestionQuery, answer=Questions)
def questions_and_answers(request: HttpRequest) -> Any:
    """Questions that people ask, with answers, in a language."""
    return request.service("support").questions(language=request.query.language)


@operation(
    "POST",
    "/appeals",
    SIGNED_IN,
    body=NewAppeal,
    answer=AppealOpened,
    status=201,
    idempotent=True,
    errors=("not_found",),
)
def open_appeal(request: HttpRequest) -> Any:
    """Write to the supplier: an appeal, a complaint or a suggestion."""
    body = request.body
    asked = {"kind": body.kind, "subject": body.subject, "text": body.text}
    if body.account is not None:
        asked["account"] = body.account
    return request.service("support").open_appeal(**asked)


@operation("GET", "/appeals", SIGNED_IN, query=PageQuery, answer=Appeals)
def list_appeals(request: HttpRequest) -> Any:
    """One's own appeals, newest first."""
    return request.service("support").appeals(limit=request.query.limit, cursor=request.query.cursor)


@operation("GET", "/appeals/{appeal}", SIGNED_IN, answer=Appeal, errors=("appeal_not_found",))
def show_appeal(request: HttpRequest) -> Any:
    """An appeal with its thread."""
    return request.service("support").appeal(appeal=request.path["appeal"])


@operation(
    "POST",
    "/appeals/{appeal}/messages",
    SIGNED_IN,
    body=AppealText,
    answer=MessageAdded,
    status=201,
    idempotent=True,
    errors=("appeal_not_found", "appeal_closed"),
)
def add_appeal_message(request: HttpRequest) -> Any:
    """A further message of one's own."""
    return request.service("support").add_message(appeal=request.path["appeal"], text=request.body.text)


@operation(
    "POST",
    "/appeals/{appeal}/closing",
    SIGNED_IN,
    answer=AppealClosed,
    errors=("appeal_not_found", "appeal_closed"),
)
def close_appeal(request: HttpRequest) -> Any:
    """Nothing more is needed."""
    return request.service("support").close_appeal(appeal=request.path["appeal"])


@operation("GET", "/staff/appeals", OPERATORS, query=LongPageQuery, answer=Queue)
def appeal_queue(request: HttpRequest) -> Any:
    """What waits for an answer, by priority (LY-7), then by how long it waits."""
    return request.service("support").queue(limit=request.query.limit, cursor=request.query.cursor)


@operation(
    "POST",
    "/staff/appeals/{appeal}/answers",
    OPERATORS,
    body=AppealText,
    answer=MessageAdded,
    status=201,
    idempotent=True,
    errors=("appeal_not_found", "appeal_closed"),
)
def answer_appeal(request: HttpRequest) -> Any:
    """Answer an appeal; its person is told."""
    return request.service("support").answer(appeal=request.path["appeal"], text=request.body.text)
