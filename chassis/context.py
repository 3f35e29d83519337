"""What travels with a call through HTTP and RPC: request id, trace, deadline, subject, idempotency key, client and
language.

Of these an event keeps the request id and the trace.
"""

from __future__ import annotations

import os
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, replace

# Header names on the bus.
REQUEST_ID, TRACEPARENT, DEADLINE, SUBJECT, IDEMPOTENCY, CLIENT, LANGUAGE = (
    "x-request-id",
    "traceparent",
    "x-deadline",
    "x-subject",
    "x-idempotency-key",
    "x-client",
    "x-language",
)

#: What nameko puts before the names of a worker's context data.
STOCK = "nameko."

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class CallContext:
    """The context of the call that a greenlet works on. ``deadline`` is seconds since the epoch, 0 for none.
    ``client`` is whom limits count: the network address of the outside caller, as the gateway saw it. ``language`` is
    in which the caller reads names of values; empty if nobody said."""

    request_id: str = ""
    traceparent: str = ""
    deadline: float = 0.0
    subject: str = ""
    idempotency_key: str = ""
    client: str = ""
    language: str = ""

    def remaining(self) -> float:
        """Seconds left; infinite without a deadline."""
        return self.deadline - time.time() if self.deadline else float("inf")

    def headers(self) -> dict[str, object]:
        """As headers of a message; empty values are left out."""
        found: dict[str, object] = {}
        if self.request_id:
            found[REQUEST_ID] = self.request_id
        if self.traceparent:
            found[TRACEPARENT] = self.traceparent
        if self.deadline:
            found[DEADLINE] = int(self.deadline * 1000)
        if self.subject:
            found[SUBJECT] = self.subject
        if self.idempotency_key:
            found[IDEMPOTENCY] = self.idempotency_key
        if self.client:
            found[CLIENT] = self.client
        if self.language:
            found[LANGUAGE] = self.language
        return found

    def child(self) -> CallContext:
        """The same trace with a new span id."""
        return replace(self, traceparent=child_traceparent(self.traceparent))


_current: ContextVar[CallContext | None] = ContextVar("call_context", default=None)
_NONE = CallContext()


def current() -> CallContext:
    """The context of this greenlet; an empty one outside any call."""
    return _current.get() or _NONE


def enter(context: CallContext) -> None:
    """Set the context of this greenlet (each greenlet has its own)."""
    _current.set(context)


def from_headers(headers: dict[str, object]) -> CallContext:
    """Read what the other side sent; anything of the wrong type counts as absent. A stock nameko client sends its
    context data under ``nameko.``, and counts as if it had sent the bare names."""

    def value(name: str) -> object:
        return headers.get(name, headers.get(STOCK + name))

    def text(name: str) -> str:
        found = value(name)
        return found[:4096] if isinstance(found, str) else ""

    deadline = value(DEADLINE)
    return CallContext(
        request_id=text(REQUEST_ID)[:64],
        traceparent=text(TRACEPARENT)[:64],
        deadline=deadline / 1000 if isinstance(deadline, int) else 0.0,
        subject=text(SUBJECT),
        idempotency_key=text(IDEMPOTENCY)[:255],
        client=text(CLIENT)[:64],
        language=text(LANGUAGE)[:8],
    )


def new_traceparent() -> str:
    """A root trace context (W3C Trace Context, not sampled)."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00"


def child_traceparent(parent: str) -> str:
    """The same trace id, a new span id. A malformed parent starts a new trace, as the standard asks."""
    if not _TRACEPARENT.fullmatch(parent):
        return new_traceparent()
    parts = parent.split("-")
    return f"{parts[0]}-{parts[1]}-{os.urandom(8).hex()}-{parts[3]}"
