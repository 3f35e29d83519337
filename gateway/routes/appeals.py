"""Appeals to the supplier (SP-1), questions and answers (SP-5)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.support import Appeal, AppealClosed, AppealOpened, Appeals, MessageAdded, Questions, Queue
from gateway.models.appeals import AppealText, NewAppeal, QuestionQuery
from gateway.models.base import LongPageQuery, PageQuery
from gateway.operations import ANYONE, SIGNED_IN, HttpCall, operation, staff

OPERATORS = staff("operator", "administrator")


@operation("GET", "/questions", ANYONE, query=QuestionQuery, answer=Questions)
def questions_and_answers(call: HttpCall) -> Any:
    """Questions that people ask, with answers, in a language."""
    return call.service("support").questions(language=call.query.language)


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
def open_appeal(call: HttpCall) -> Any:
    """Write to the supplier: an appeal, a complaint or a suggestion."""
    body = call.body
    asked = {"kind": body.kind, "subject": body.subject, "text": body.text}
    if body.account is not None:
        asked["account"] = body.account
    return call.service("support").open_appeal(**asked)


@operation("GET", "/appeals", SIGNED_IN, query=PageQuery, answer=Appeals)
def list_appeals(call: HttpCall) -> Any:
    """One's own appeals, newest first."""
    return call.service("support").appeals(limit=call.query.limit, cursor=call.query.cursor)


@operation("GET", "/appeals/{appeal}", SIGNED_IN, answer=Appeal, errors=("appeal_not_found",))
def show_appeal(call: HttpCall) -> Any:
    """An appeal with its thread."""
    return call.service("support").appeal(appeal=call.path["appeal"])


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
def add_appeal_message(call: HttpCall) -> Any:
    """A further message of one's own."""
    return call.service("support").add_message(appeal=call.path["appeal"], text=call.body.text)


@operation("POST", "/appeals/{appeal}/closing", SIGNED_IN, answer=AppealClosed, errors=("appeal_not_found",))
def close_appeal(call: HttpCall) -> Any:
    """Nothing more is needed."""
    return call.service("support").close_appeal(appeal=call.path["appeal"])


@operation("GET", "/staff/appeals", OPERATORS, query=LongPageQuery, answer=Queue)
def appeal_queue(call: HttpCall) -> Any:
    """What waits for an answer, by priority (LY-7), then by how long it waits."""
    return call.service("support").queue(limit=call.query.limit, cursor=call.query.cursor)


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
def answer_appeal(call: HttpCall) -> Any:
    """Answer an appeal; its person is told."""
    return call.service("support").answer(appeal=call.path["appeal"], text=call.body.text)
