"""What an exception means to the caller: a stable code; everything unexpected is ``internal_error``, without text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import eventlet

from chassis.amqp.channel import ConnectionDownError, PublishFailedError
from chassis.database import is_unavailable
from contracts.errors import CabinetError


def as_cabinet_error(error: BaseException) -> CabinetError:
    """The error as it may cross the bus."""
    if isinstance(error, CabinetError):
        return error
    if is_transient(error):
        return CabinetError("service_unavailable")
    if isinstance(error, eventlet.Timeout):
        return CabinetError("deadline_exceeded")
    return CabinetError("internal_error")


def is_transient(error: BaseException) -> bool:
    """True where the infrastructure failed, and the same work can succeed later."""
    if isinstance(error, ConnectionDownError | PublishFailedError):
        return True
    if isinstance(error, CabinetError):
        return error.kind in ("unavailable", "timeout")
    return is_unavailable(error)


@contextmanager
def no_bare_timeout() -> Iterator[None]:
    """A bare eventlet.Timeout is a BaseException: out of a worker it would kill the whole container."""
    try:
        yield
    except eventlet.Timeout as late:
        raise CabinetError("deadline_exceeded") from late
