"""Operations of the HTTP interface, declared where they are written; OpenAPI is made from the same declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from authorisation.subject import Subject
from chassis.rpc.client import RemoteService, RpcClient
from gateway.revocations import Revocations

#: Where the interface begins.
PREFIX = "/api/v1"
PUBLIC, PERSON, STAFF = "public", "person", "staff"
DEADLINE = 10.0
MAX_DEADLINE = 30.0


class Nothing(msgspec.Struct, frozen=True):
    """An empty object."""


@dataclass(frozen=True)
class Rule:
    """Who may use an operation. There is no default: an operation without a rule does not start."""

    who: str
    roles: tuple[str, ...] = ()


ANYONE: Final = Rule(PUBLIC)
SIGNED_IN: Final = Rule(PERSON)


def staff(*roles: str) -> Rule:
    """Members of staff with one of the roles."""
    return Rule(STAFF, roles)


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    rule: Rule
    handler: Callable[[Any], Any]
    summary: str
    tag: str
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    #: A struct, or a union of structs under a title of its own.
    answer: Any = Nothing
    status: int = 200
    idempotent: bool = False
    media: str = "application/json"
    body_media: str = "application/json"
    errors: tuple[str, ...] = ()
    deadline: float = DEADLINE
    #: Takes work as a document does, and is limited likewise.
    costly: bool = False


@dataclass
class HttpRequest:
    """What a handler gets."""

    client: RpcClient
    subject: Subject
    path: dict[str, str]
    body: Any = None
    query: Any = None
    raw_body: bytes = b""
    remote: str = ""
    #: The User-Agent, cut short.
    device: str = ""
    #: What has ended through this request is refused here from now on.
    revocations: Revocations = field(default_factory=Revocations)

    def service(self, name: str, deadline: float = MAX_DEADLINE) -> RemoteService:
        """Another service, with the caller's subject; the operation's own deadline holds besides."""
        return RemoteService(self.client, name, deadline)


@dataclass(frozen=True)
class Document:
    """An answer that is not JSON. ``gzipped``: its content is; whoever cannot take that gets it plain."""

    content: bytes
    media: str
    name: str
    gzipped: bool = False


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    rule: Rule,
    *,
    body: type[msgspec.Struct] | None = None,
    query: type[msgspec.Struct] | None = None,
    answer: Any = Nothing,
    status: int = 200,
    idempotent: bool = False,
    media: str = "application/json",
    body_media: str = "application/json",
    errors: tuple[str, ...] = (),
    deadline: float = DEADLINE,
    costly: bool = False,
) -> Callable[[Callable[[HttpRequest], Any]], Callable[[HttpRequest], Any]]:
    """Declare a handler as an operation under ``/api/v1``. Its docstring is the summary."""

    def decorate(handler: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
        OPERATIONS.append(
            Operation(
                name=handler.__name__,
                method=method,
                path=path,
                rule=rule,
                handler=handler,
                summary=inspect.cleandoc(handler.__doc__ or ""),
                tag=handler.__module__.rsplit(".", 1)[-1],
                body=body,
                query=query,
                answer=answer,
                status=status,
                idempotent=idempotent,
                media=media,
                body_media=body_media,
                errors=errors,
                deadline=deadline,
                costly=costly,
            )
        )
        return handler

    return decorate
