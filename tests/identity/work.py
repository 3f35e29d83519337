"""What a call costs: its statements and events, to compare calls that must not be told apart (drill 17)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from contracts.errors import CabinetError
from tests.identity.world import World


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


def cost(world: World, method: str, /, **request: Any) -> dict[str, Any]:
    """Statements, number of events, length of what they seal, form and length of the answer (or the error)."""
    before = world.announced()
    with statements(world) as found:
        try:
            answer = world.ask(method, **request)
        except CabinetError as error:
            answer = {"code": error.code, "detail": error.detail, "fields": error.fields}
    fresh = world.announced()[len(before) :]
    return {
        "statements": [one for one in found if "select routing_key" not in one],
        "events": len(fresh),
        "sealed": [len(one.get("sealed", "")) for one in fresh],
        "answer": sorted(answer),
        "bytes": len(json.dumps(answer)),
    }
