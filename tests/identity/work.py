"""What a call costs: its statements and events, to compare calls that must not be told apart (drill 17)."""

from __future__ import annotations

import json
from typing import Any

from contracts.errors import CabinetError
from tests.identity.world import World
from tests.support_code.statements import noted


def cost(world: World, method: str, /, **request: Any) -> dict[str, Any]:
    """Statements, number of events, length of what they seal, form and length of the answer (or the error)."""
    before = world.announced()
    with noted() as found:
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
