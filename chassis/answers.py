"""Holds answers against their declared types: in every test, and in a deployment that sets CHECK_ANSWERS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

#: Called with a method's name, its declared answer and what it answered, before that goes out.
watchers: list[Callable[[str, Any, Any], None]] = []


class AnswerMismatchError(TypeError):
    """A method answered something else than it declares."""


def check(method: str, declared: Any, answer: Any) -> None:
    """Raise AnswerMismatchError for a field that is missing, has another type, or is not declared."""
    sent = msgspec.json.encode(answer)
    try:
        found = msgspec.json.decode(sent, type=declared)
    except msgspec.ValidationError as error:
        raise AnswerMismatchError(f"{method}: {error}") from error
    more = undeclared(msgspec.json.decode(sent), msgspec.json.decode(msgspec.json.encode(found)))
    if more:
        raise AnswerMismatchError(f"{method}: {', '.join(more)} not declared")


def undeclared(sent: Any, declared: Any, place: str = "$") -> list[str]:
    """Places of what was sent and is not part of the type. Both are plain JSON values."""
    if isinstance(sent, dict) and isinstance(declared, dict):
        found = [f"{place}.{name}" for name in sent if name not in declared]
        for name in sent.keys() & declared.keys():
            found += undeclared(sent[name], declared[name], f"{place}.{name}")
        return found
    if isinstance(sent, list) and isinstance(declared, list):
        return [
            more
            for number, (one, other) in enumerate(zip(sent, declared, strict=True))
            for more in undeclared(one, other, f"{place}[{number}]")
        ]
    return []
