"""Misbehaviour on request: what shall go wrong, in which calls, and how often."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.web import hang_up

_CALL = frozenset({"slow", "no_answer", "down", "error"})
# Which kinds mean something for which target.
KINDS: dict[str, frozenset[str]] = {
    "yookassa.create": _CALL,
    "yookassa.get": _CALL | {"wrong_amount"},
    "yookassa.refund": _CALL | {"late"},
    "yookassa.webhook": frozenset({"twice", "late", "out_of_order", "forged", "wrong_amount", "drop"}),
    "atol.sell": _CALL | {"late"},
    "atol.report": _CALL,
    "smsc.send": _CALL,
    "smtp": _CALL,
}
# What a proxy in front of a service says when the service is down: neither JSON nor the service's own error.
_DOWN = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>503</body></html>"


@dataclass
class Fault:
    """One wish: the next `left` calls of `target` go wrong in the way `kind` says.

    `seconds` is for slow, late, out_of_order; `amount` for wrong_amount and forged; `reason` and `code` for
    error; `payment_id` for forged; `event` narrows a webhook fault to one event.
    """

    id: int
    target: str
    kind: str
    times: int
    left: int
    seconds: float
    amount: Decimal | None = None
    reason: str | None = None
    code: int | None = None
    payment_id: str | None = None
    event: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The fault as GET /faults shows it."""
        shown = {name: value for name, value in vars(self).items() if value is not None}
        if self.amount is not None:
            shown["amount"] = str(self.amount)
        return shown

    def wrong(self, right: Decimal) -> Decimal:
        """The amount to tell instead of the right one."""
        return self.amount if self.amount is not None else right + 100


@dataclass
class Faults:
    """The wishes still open, oldest first."""

    pending: deque[Fault] = field(default_factory=deque)
    _last_id: int = 0

    def add(self, target: str, kind: str, times: int, seconds: float, **details: Any) -> Fault:
        """Note a wish; `target` and `kind` are checked by the caller."""
        self._last_id += 1
        fault = Fault(self._last_id, target, kind, times, times, seconds, **details)
        self.pending.append(fault)
        return fault

    def take(self, target: str, event: str | None = None) -> Fault | None:
        """The fault for this call of `target`, if there is one; every call uses one fault at most."""
        for fault in self.pending:
            if fault.target == target and fault.event in (None, event):
                fault.left -= 1
                if not fault.left:
                    self.pending.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Forget all wishes."""
        self.pending.clear()


def unavailable() -> Response:
    """503, as a proxy says it."""
    return HTMLResponse(_DOWN, 503)


async def answer_under(
    fault: Fault | None, request: Request, work: Callable[[], Response], error: Callable[[], Response]
) -> Response:
    """Do the work of a call and answer it, with the fault applied.

    `down` and `error` happen before the work, `no_answer` after it: the caller cannot know that it was done.
    An `error` with a reason is a refusal in the company's own terms and is left to `work`.
    """
    if fault is None:
        return work()
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "down":
        return unavailable()
    if fault.kind == "error" and fault.reason is None:
        return error()
    answer = work()
    return await hang_up(request) if fault.kind == "no_answer" else answer
