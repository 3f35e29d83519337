"""What databases are asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis.session import Session


@contextmanager
def noted() -> Iterator[list[str]]:
    """The statements that this process runs meanwhile, in order, without their values."""
    found: list[str] = []
    execute = Session.execute

    def noting(session: Session, sql: str, parameters: dict[str, Any]) -> Any:
        found.append(sql)
        return execute(session, sql, parameters)

    Session.execute = noting  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Session.execute = execute  # type: ignore[method-assign]
