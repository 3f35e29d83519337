"""Structured logs. Only listed keys may appear, so that personal data cannot slip in under a new name."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from chassis.context import current

# A value that could hold a name, an address, a phone, a code, a token or a body has no key here. A service lists its
# own keys, which name things by their ids, in the attribute ``logged`` of its class.
ALLOWED = frozenset(
    {
        "alarm", "attempt", "attempts", "code", "connection", "count", "delay", "duration_ms", "error", "event",
        "generation", "job", "kind", "level", "line", "logger", "messages", "method", "operation", "outcome",
        "queue", "reason", "request_id", "retry", "service", "signal", "statement", "status", "timestamp",
        "trace_id", "traceback",
    }
)  # fmt: skip
_allowed = ALLOWED


def _allow_listed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in [key for key in event if key not in _allowed]:
        event[key] = "[not logged]"
    return event


def _with_context(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = current()
    if context.request_id:
        event["request_id"] = context.request_id
    if context.traceparent:
        event["trace_id"] = context.traceparent[3:35]
    return event


def _traceback_without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """File, line and function of each frame and the type of the exception; its text may quote data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0]:
        event["error"] = info[0].__name__
        frames, trace = [], info[2]
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["traceback"] = frames[-8:]
    return event


class _Forwarded(logging.Handler):
    """Logs of libraries: their name and level, never their text (nameko logs message bodies)."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("library").log(
            record.levelno, "library_log", logger=record.name, line=record.lineno, exc_info=record.exc_info
        )


def configure(service: str, level: str = "info", logged: frozenset[str] = frozenset()) -> None:
    """JSON lines on standard output. ``logged``: the service's own keys."""
    global _allowed
    _allowed = ALLOWED | logged
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            _with_context,
            _traceback_without_values,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    root = logging.getLogger()
    root.handlers[:] = [_Forwarded(logging.WARNING)]
    root.setLevel(logging.WARNING)
    # A handler's failure is logged by the entrypoint that ran it, with its code and attempt.
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)
    structlog.get_logger().info("starting", service=service)
