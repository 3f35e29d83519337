"""Decorators for a service's RPC methods: read the request into its declared type, open the transaction, know the
subject. What a method takes and answers is what its annotations say.

A **command** runs in one transaction that holds its effect, its events and its idempotency key. A **question**
writes nothing. Methods that call outside systems are plain ``operation``s and open short transactions themselves.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from authorisation import audit, audited
from authorisation.access import AccessUnknownError
from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from chassis import context
from chassis.errors import no_bare_timeout
from chassis.operations import declared, once, served
from chassis.validation import read

#: Of ``command``: an idempotency key is kept if the call has one.
IF_KEYED = "if keyed"

Method = TypeVar("Method", bound=Callable[..., Any])


@typing.overload
def command(given: Method, /) -> Method: ...
@typing.overload
def command(*, idempotent: bool | str) -> Callable[[Method], Method]: ...
def command(given: Any = None, /, *, idempotent: bool | str = False) -> Any:
    """``method(self, ctx, request)`` in one transaction. With ``idempotent`` the call needs a key; with IF_KEYED it may
    have one, where the same again does no harm, but its answer is worth having again."""

    def decorate(method: Callable[..., Any]) -> Any:
        declaration = declared(method, "command", idempotent is True)

        @functools.wraps(method)
        def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
            service, subject = _enter(self, received)
            request = read(declaration.request, kwargs)
            arguments = declaration.arguments(request)

            def attempt() -> Any:
                with service.begin(subject) as ctx, audited.with_effect(ctx):

                    def act() -> Any:
                        return audited.noted(method(self, ctx, *arguments))

                    if not idempotent or (idempotent == IF_KEYED and not received.idempotency_key):
                        return act()
                    return once(ctx, _owner_of_key(subject, received), method.__name__, kwargs, act)

            with audited.acting(self, method, audit.WRITE, received, request):
                return audited.with_refusals(service, lambda: _with_fresh_access(service, attempt))

        return served(run, declaration)

    return decorate if given is None else decorate(given)


def question(method: Method) -> Method:
    """``method(self, ctx, request)`` that reads only."""
    declaration = declared(method, "question")

    @functools.wraps(method)
    def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        service, subject = _enter(self, received)
        request = read(declaration.request, kwargs)
        arguments = declaration.arguments(request)

        def attempt() -> Any:
            with service.look(subject) as ctx:
                return method(self, ctx, *arguments)

        with audited.acting(self, method, audit.READ, received, request):
            answer = audited.with_refusals(service, lambda: _with_fresh_access(service, attempt))
            return audited.before_answer(service, answer)

    return served(run, declaration)


def operation(method: Method) -> Method:
    """``method(self, subject, request)`` without a transaction: it opens its own between outside calls."""
    declaration = declared(method, "operation")

    @functools.wraps(method)
    def run(self: Any, received: context.CallContext, /, **kwargs: Any) -> Any:
        service, subject = _enter(self, received)
        arguments = declaration.arguments(request := read(declaration.request, kwargs))
        with audited.acting(self, method, audit.WRITE, received, request) as acting:
            acting.in_parts = True
            answer = audited.with_refusals(
                service, lambda: _with_fresh_access(service, lambda: method(self, subject, *arguments))
            )
            return audited.before_answer(service, answer)

    return served(run, declaration)


def _owner_of_key(subject: Subject, received: context.CallContext) -> str:
    """Keys of different callers never meet; those of guests are their network's."""
    return f"{subject.kind}:{subject.id or received.client}"


def _enter(service: Any, received: context.CallContext) -> tuple[ServiceContext, Subject]:
    context.enter(received)
    found: ServiceContext = service.service
    return found, found.verifier.verify(received.subject)


def _with_fresh_access(service: ServiceContext, attempt: Callable[[], Any]) -> Any:
    with no_bare_timeout():
        try:
            return attempt()
        except AccessUnknownError as missing:
            if not service.confirm_access(missing):
                raise
            return attempt()
