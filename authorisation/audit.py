"""What staff do, told as an event that identity keeps for ever (ID-10).

While an RPC method runs, ``entered`` holds what is known of it; ``Subject.require_role`` and ``use_role`` mark that a
role was used. Whoever wraps the method then writes the entry: a command in the transaction of its effect, a question
in a short one before its answer goes out. An operation with several transactions tells ``begun`` in the first of them
and its outcome in a last one, so that dying between leaves a trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from contracts.events import REGISTRY
from contracts.identifiers import new_id

if TYPE_CHECKING:
    from chassis.transaction import Transaction

EVENT = "staff_acted"
READ, WRITE = "read", "write"
OK, BEGUN = "ok", "begun"
# Fields of requests and answers that name a thing by its id or number, and under which name it is kept. Never a text
# that somebody wrote, never a contact.
NAMING = {
    name: name
    for name in (
        "account", "appeal", "batch", "bill", "document", "grant", "group", "meter", "number", "organisation",
        "payment", "period", "person", "provider", "reading", "receipt", "refund", "register", "run", "serial",
        "session",
    )
}  # fmt: skip
NAMING |= {f"{name}s": name for name in ("account", "bill", "meter", "payment", "reading")}
MAX_IDS = 50
_ID = re.compile(r"[0-9A-Za-zА-Яа-яІіЇїЄєҐґ._/-]{1,64}")


@dataclass(slots=True)
class Acting:
    """One call of an RPC method."""

    service: str
    operation: str
    kind: str
    request_id: str = ""
    #: What was asked; looked at only if a role is used.
    asked: Any = None
    person: str = ""
    roles: frozenset[str] = frozenset()
    targets: dict[str, list[str]] = field(default_factory=dict)
    action: str = ""
    #: Does the method open several transactions?
    in_parts: bool = False
    begun: bool = False
    told: bool = False

    @property
    def as_staff(self) -> bool:
        """Was a role used?"""
        return bool(self.roles)

    def begins(self) -> bool:
        """Is this the first transaction of several in which staff act?"""
        return self.in_parts and self.as_staff and not self.begun

    def about(self, value: Any) -> None:
        """Note the ids in a request or an answer: its own fields, and those of the things that it lists."""
        for name, item in _fields(value):
            self._note(name, item)
            for each in item if isinstance(item, list) else ():
                for inner, thing in _fields(each):
                    self._note(inner, thing)

    def answered(self, answer: Any) -> None:
        """Note the ids in the answer, behind those that were asked for."""
        self._note_asked()
        self.about(answer)

    def _note_asked(self) -> None:
        asked, self.asked = self.asked, None
        self.about(asked)

    def _note(self, name: str, value: Any) -> None:
        """Only texts and ids: a number in such a place counts things."""
        for item in value if isinstance(value, list | tuple) else (value,):
            if name not in NAMING or not isinstance(item, str | UUID) or not _ID.fullmatch(str(item)):
                continue
            known = self.targets.setdefault(NAMING[name], [])
            if str(item) not in known and len(known) < MAX_IDS:
                known.append(str(item))

    def write(self, tx: Transaction, at: datetime, outcome: str) -> None:
        """Into the outbox, with the transaction. A service without its event in the contracts cannot have staff."""
        event = REGISTRY.get((self.service, EVENT))
        if event is None:
            raise LookupError(f"no contract for {self.service}.{EVENT}")
        self._note_asked()
        self.action = self.action or new_id()
        tx.emit(
            event(
                action=self.action,
                person=self.person,
                roles=sorted(self.roles),
                operation=self.operation,
                kind=self.kind,
                outcome=outcome,
                at=at,
                targets=self.targets,
                request=self.request_id,
            )
        )


def _fields(value: Any) -> Iterable[tuple[str, Any]]:
    """Of a message, or of an answer that is not one yet."""
    if isinstance(value, msgspec.Struct):
        return [(name, getattr(value, name)) for name in value.__struct_fields__]
    return value.items() if isinstance(value, dict) else ()


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """The call that this greenlet carries out; None outside of one."""
    return _acting.get()


def of_staff() -> Acting | None:
    """The same, if a role was used in it: then it is told."""
    acting = _acting.get()
    return acting if acting is not None and acting.as_staff else None


def mark(person: str, roles: frozenset[str]) -> None:
    """A role was used, or asked for by somebody of staff who does not have it."""
    acting = _acting.get()
    if acting is not None and roles:
        acting.person = person
        acting.roles |= roles


@contextmanager
def entered(acting: Acting) -> Iterator[Acting]:
    """Everything in the block is done for this call."""
    token = _acting.set(acting)
    try:
        yield acting
    finally:
        _acting.reset(token)
