"""POST, GET and DELETE /faults: ask for misbehaviour, see what is still open, forget it."""

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import KINDS, Fault, Faults
from sandbox.money import parse_amount
from sandbox.web import json_response, load_json

_TEXTS = ("reason", "payment_id", "event")
_KNOWN = {"target", "kind", "times", "seconds", "amount", "code", *_TEXTS}
# How long out_of_order waits for another webhook, and what slow and late mean when nothing is said.
_SECONDS = {"out_of_order": Decimal(30)}


class FaultsApi:
    """The HTTP side of `Faults`."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> list[Route]:
        """One path, three methods."""
        return [
            Route("/faults", self._add, methods=["POST"]),
            Route("/faults", self._list),
            Route("/faults", self._clear, methods=["DELETE"]),
        ]

    async def _add(self, request: Request) -> Response:
        try:
            fault = self._parse(load_json(await request.body()))
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return json_response(fault.as_json(), 201)

    async def _list(self, request: Request) -> Response:
        return json_response([fault.as_json() for fault in self._faults.pending])

    async def _clear(self, request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    def _parse(self, body: Any) -> Fault:
        if not isinstance(body, dict):
            raise ValueError("a JSON object is expected")
        if unknown := sorted(body.keys() - _KNOWN):
            raise ValueError(f"unknown fields: {', '.join(unknown)}")
        target, kind = body.get("target"), body.get("kind")
        if not isinstance(target, str) or target not in KINDS:
            raise ValueError(f"target must be one of {', '.join(KINDS)}")
        if not isinstance(kind, str) or kind not in KINDS[target]:
            raise ValueError(f"kind for {target} must be one of {', '.join(sorted(KINDS[target]))}")
        times, seconds = body.get("times", 1), body.get("seconds", _SECONDS.get(kind, Decimal(1)))
        if not _is_int(times) or times < 1:
            raise ValueError("times must be a positive integer")
        if not (_is_int(seconds) or isinstance(seconds, Decimal)) or not 0 <= seconds <= 600:
            raise ValueError("seconds must be a number from 0 to 600")
        details: dict[str, Any] = {name: body.get(name) for name in _TEXTS}
        if any(value is not None and not isinstance(value, str) for value in details.values()):
            raise ValueError(f"{', '.join(_TEXTS)} must be strings")
        details["code"] = body.get("code")
        if details["code"] is not None and not _is_int(details["code"]):
            raise ValueError("code must be an integer")
        if "amount" in body:
            details["amount"] = parse_amount(body["amount"])
        return self._faults.add(target, kind, times, float(seconds), **details)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
