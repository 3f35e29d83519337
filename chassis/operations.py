"""What a service's RPC methods share, whoever may call them: what their annotations declare, idempotency, traces."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from chassis import answers, context, idempotency, tracing
from chassis.contexts import RequestContext
from chassis.rpc.server import rpc
from contracts.errors import CabinetError
from contracts.rpc.base import Nothing, Request

REFUSED = "x-refused"


@dataclass(frozen=True)
class Declaration:
    """A method of a service as its annotations declare it: ``(self, ctx, request: R) -> A``, or without a request."""

    name: str
    #: ``command``, ``question`` or ``operation``.
    kind: str
    request: type[Request]
    #: The struct of the answer (see ``contracts.rpc.base.Answer``), or another type that msgspec knows.
    answer: Any
    takes_request: bool
    idempotent: bool = False

    def arguments(self, request: Request) -> tuple[Any, ...]:
        """What the method gets behind its context or subject."""
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


def served(run: Callable[..., Any], declaration: Declaration) -> Any:
    """On the bus, with the declaration for those who make documents and checks of it."""
    traced = _traced(run)

    @functools.wraps(run)
    def watched(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        answer = traced(self, received, **kwargs)
        for watch in answers.watchers:
            watch(f"{self.name}.{declaration.name}", declaration.answer, answer)
        return answer

    watched.declaration = declaration  # type: ignore[attr-defined]
    return rpc(watched)


def once(ctx: RequestContext, who: str, name: str, kwargs: Mapping[str, Any], act: Callable[[], Any]) -> Any:
    """What ``act`` answers, carried out once for the idempotency key of the call: a refusal whose effect is kept is
    the answer the next time, too. Raises ``idempotency_key_missing``, and what ``idempotency.once`` raises."""
    key = ctx.context.idempotency_key
    if not key:
        raise CabinetError("idempotency_key_missing")
    answer = idempotency.once(
        ctx.tx, who, key, idempotency.fingerprint(name, kwargs), lambda: _with_refusal(act(), ctx)
    )
    ctx.refusal = _kept_refusal(answer)
    return answer


def _with_refusal(answer: Any, ctx: RequestContext) -> Any:
    refusal = ctx.refusal
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
    @functools.wraps(run)
    def traced(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        if tracing.off():
            return run(self, received, **kwargs)
        with tracing.span(f"{self.name}.{run.__name__}", received.traceparent) as traceparent:
            return run(self, replace(received, traceparent=traceparent), **kwargs)

    return traced
