"""Decorators for a service's RPC methods: read the request into its declared type, open the transaction, know the
subject. What a method takes and answers is what its annotations say.

A **command** runs in one transaction that holds its effect, its events and its idempotency key. A **question**
writes nothing. Methods that call outside systems are plain ``operation``s and open short transactions themselves.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
import structlog

from chassis import answers, audit, context, idempotency, tracing
from chassis.access import AccessUnknownError
from chassis.faults import as_cabinet_error, no_bare_timeout
from chassis.house import Call, HouseTools
from chassis.rpc.server import rpc
from chassis.subject import Subject
from chassis.validation import read
from contracts.errors import CabinetError
from contracts.rpc.base import Nothing, Request

Method = TypeVar("Method", bound=Callable[..., Any])
REFUSED = "x-refused"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Declaration:
    """A method of a service as its annotations declare it: ``(self, call, request: R) -> A``, or without a request."""

    name: str
    #: ``command``, ``question`` or ``operation``.
    kind: str
    request: type[Request]
    #: The struct of the answer (see ``contracts.rpc.base.Answer``), or another type that msgspec knows.
    answer: Any
    takes_request: bool
    idempotent: bool = False

    def arguments(self, request: Request) -> tuple[Any, ...]:
        """What the method gets behind its call or subject."""
        return (request,) if self.takes_request else ()


def declared(method: Callable[..., Any], kind: str, idempotent: bool = False) -> Declaration:
    """Read the annotations. Raises TypeError where they do not say what the method takes or answers."""
    hints = typing.get_type_hints(method, include_extras=True)
    request = hints.get("request", Nothing)
    if "return" not in hints or not (isinstance(request, type) and issubclass(request, Request)):
        raise TypeError(f"{method.__qualname__} must be annotated with its request and its answer")
    return Declaration(
        method.__name__, kind, request, _struct_of(hints["return"]), "request" in hints, idempotent
    )


def _struct_of(answer: Any) -> Any:
    """The struct of ``Answer[struct]``; anything else as it is."""
    if typing.get_origin(answer) is not typing.Union or Mapping[str, Any] not in typing.get_args(answer):
        return answer
    [struct] = [item for item in typing.get_args(answer) if item != Mapping[str, Any]]
    return struct


@typing.overload
def command(given: Method, /) -> Method: ...
@typing.overload
def command(*, idempotent: bool) -> Callable[[Method], Method]: ...
def command(given: Any = None, /, *, idempotent: bool = False) -> Any:
    """``method(self, call, request)`` in one transaction. With ``idempotent`` the call needs a key."""

    def decorate(method: Callable[..., Any]) -> Any:
        declaration = declared(method, "command", idempotent)

        @functools.wraps(method)
        def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
            house, subject = _enter(self, received)
            request = read(declaration.request, kwargs)
            arguments = declaration.arguments(request)

            def attempt() -> Any:
                with house.begin(subject) as call, _told(call):
                    if not idempotent:
                        return _noted(method(self, call, *arguments))
                    key = received.idempotency_key
                    if not key:
                        raise CabinetError("idempotency_key_missing")
                    digest = idempotency.fingerprint(method.__name__, kwargs)
                    who = f"{subject.kind}:{subject.id}"
                    answer = idempotency.once(
                        call.tx,
                        who,
                        key,
                        digest,
                        lambda: _with_refusal(_noted(method(self, call, *arguments)), call),
                    )
                    call.refusal = _kept_refusal(answer)
                    return answer

            with _acting(self, method, audit.WRITE, received, request):
                return _with_refusals_told(house, lambda: _with_fresh_access(house, attempt))

        return _served(run, declaration)

    return decorate if given is None else decorate(given)


def question(method: Method) -> Method:
    """``method(self, call, request)`` that reads only."""
    declaration = declared(method, "question")

    @functools.wraps(method)
    def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        house, subject = _enter(self, received)
        request = read(declaration.request, kwargs)
        arguments = declaration.arguments(request)

        def attempt() -> Any:
            with house.database.snapshot() as tx:
                return method(self, Call(tx, house.clock.now(), subject, received), *arguments)

        with _acting(self, method, audit.READ, received, request):
            answer = _with_refusals_told(house, lambda: _with_fresh_access(house, attempt))
            return _told_apart(house, answer)

    return _served(run, declaration)


def operation(method: Method) -> Method:
    """``method(self, subject, request)`` without a transaction: it opens its own between outside calls."""
    declaration = declared(method, "operation")

    @functools.wraps(method)
    def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        house, subject = _enter(self, received)
        arguments = declaration.arguments(request := read(declaration.request, kwargs))
        with _acting(self, method, audit.WRITE, received, request) as acting:
            acting.in_parts = True
            answer = _with_refusals_told(
                house, lambda: _with_fresh_access(house, lambda: method(self, subject, *arguments))
            )
            return _told_apart(house, answer)

    return _served(run, declaration)


def _served(run: Callable[..., Any], declaration: Declaration) -> Any:
    """On the bus, with the declaration for those who make documents and checks of it."""
    traced = _traced(run)

    @functools.wraps(run)
    def told(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        answer = traced(self, received, **kwargs)
        for watch in answers.watchers:
            watch(f"{self.name}.{declaration.name}", declaration.answer, answer)
        return answer

    told.declaration = declaration  # type: ignore[attr-defined]
    return rpc(told)


# --- the audit log (ID-10) ---------------------------------------------------------------------------------------


@contextmanager
def _acting(
    service: Any, method: Callable[..., Any], kind: str, received: context.CallContext, request: Any
) -> Iterator[audit.Acting]:
    acting = audit.Acting(service.name, method.__name__, kind, received.request_id, request)
    with audit.entered(acting):
        yield acting


def _noted(answer: Any) -> Any:
    acting = audit.current()
    if acting is not None and acting.as_staff:
        acting.answered(answer)
    return answer


@contextmanager
def _told(call: Call) -> Iterator[None]:
    """A command of staff is told with its effect: as done, or as refused where the refusal keeps what was written."""
    yield
    acting = audit.current()
    if acting is not None and acting.as_staff:
        acting.write(call.tx, call.now, call.refusal.code if call.refusal is not None else audit.OK)
        acting.told = True


def _told_apart(house: HouseTools, answer: Any) -> Any:
    """An answer for staff goes out once it is told that they got it."""
    acting = audit.current()
    if acting is not None and acting.as_staff:
        acting.answered(answer)
        with house.database.transaction() as tx:
            acting.write(tx, house.clock.now(), audit.OK)
    return answer


def _with_refusals_told(house: HouseTools, attempt: Callable[[], Any]) -> Any:
    """What staff were refused is told, too; the effect is rolled back by then. If that fails, the fault stays the
    answer."""
    try:
        return attempt()
    except Exception as error:
        acting = audit.current()
        if acting is not None and acting.as_staff and not acting.told:
            try:
                with house.database.transaction() as tx:
                    acting.write(tx, house.clock.now(), as_cabinet_error(error).code)
            except Exception as failure:
                log.error("refusal_not_told", operation=acting.operation, error=type(failure).__name__)
        raise


def _with_refusal(answer: Any, call: Call) -> Any:
    """What is kept under an idempotency key: a refusal that is committed is the answer the next time, too."""
    refusal = call.refusal
    return answer if refusal is None else {REFUSED: [refusal.code, refusal.detail, refusal.fields]}


def _kept_refusal(answer: Any) -> CabinetError | None:
    if isinstance(answer, msgspec.Raw):
        if not bytes(answer).startswith(b'{"' + REFUSED.encode()):
            return None
        answer = msgspec.json.decode(answer)
    if not isinstance(answer, dict) or REFUSED not in answer:
        return None
    code, detail, fields = answer[REFUSED]
    return CabinetError(code, detail, **fields)


def _traced(run: Callable[..., Any]) -> Callable[..., Any]:
    """With a span around each call where tracing is on; what it causes then belongs to that span."""

    @functools.wraps(run)
    def traced(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        if tracing.off():
            return run(self, received, **kwargs)
        with tracing.span(f"{self.name}.{run.__name__}", received.traceparent) as traceparent:
            return run(self, replace(received, traceparent=traceparent), **kwargs)

    return traced


def _enter(service: Any, received: context.CallContext) -> tuple[HouseTools, Subject]:
    context.enter(received)
    house: HouseTools = service.house
    return house, house.verifier.verify(received.subject)


def _with_fresh_access(house: HouseTools, attempt: Callable[[], Any]) -> Any:
    with no_bare_timeout():
        try:
            return attempt()
        except AccessUnknownError as missing:
            if not house.confirm_access(missing):
                raise
            return attempt()
