"""Writes the audit log of a method's call (ID-10): with its effect, before its answer goes out, or with its refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from authorisation import audit
from authorisation.contexts import RequestContext, ServiceContext
from chassis.context import CallContext
from chassis.errors import as_cabinet_error

log = structlog.get_logger(__name__)


@contextmanager
def acting(
    service: Any, method: Callable[..., Any], kind: str, received: CallContext, request: Any
) -> Iterator[audit.Acting]:
    """While the block runs, a role that is used is noted."""
    noted = audit.Acting(service.name, method.__name__, kind, received.request_id, request)
    with audit.entered(noted):
        yield noted


def noted(answer: Any) -> Any:
    """The answer, whose ids come into the entry."""
    acting = audit.of_staff()
    if acting is not None:
        acting.answered(answer)
    return answer


@contextmanager
def with_effect(ctx: RequestContext) -> Iterator[None]:
    """A command of staff is told with its effect: as done, or as refused where the refusal keeps what was written."""
    yield
    acting = audit.of_staff()
    if acting is not None:
        acting.write(ctx.tx, ctx.now, ctx.refusal.code if ctx.refusal is not None else audit.OK)
        acting.told = True


def before_answer(service: ServiceContext, answer: Any) -> Any:
    """An answer for staff goes out once it is told that they got it."""
    acting = audit.of_staff()
    if acting is not None:
        acting.answered(answer)
        with service.database.transaction() as tx:
            acting.write(tx, service.clock.now(), audit.OK)
    return answer


def with_refusals(service: ServiceContext, attempt: Callable[[], Any]) -> Any:
    """What staff were refused is told, too; the effect is rolled back by then. If that fails, the fault stays the
    answer."""
    try:
        return attempt()
    except Exception as error:
        acting = audit.of_staff()
        if acting is not None and not acting.told:
            try:
                with service.database.transaction() as tx:
                    acting.write(tx, service.clock.now(), as_cabinet_error(error).code)
            except Exception as failure:
                log.error("refusal_not_told", operation=acting.operation, error=type(failure).__name__)
        raise
