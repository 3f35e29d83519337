"""A unit of work on a service's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from chassis.outbox import APPEND, OutboxRow, append_parameters, outbox_row
from chassis.session import Session
from contracts.events import Event

#: A row by its columns' names. It may go onto the bus as it is, and nobody writes to it.
Row = Mapping[str, Any]


class Transaction:
    """A unit of work. Statements take named parameters; lists become PostgreSQL arrays."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._outgoing: list[OutboxRow] = []
        self.notified: set[str] = set()
        #: When the call that it belongs to happens, by the deployment's clock; None outside a call.
        self.moment: datetime | None = None

    def rows(self, sql: str, /, **parameters: Any) -> list[Row]:
        """All rows."""
        cursor = self._session.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, /, **parameters: Any) -> Row | None:
        """The first row, or None."""
        cursor = self._session.execute(sql, parameters)
        found = cursor.fetchone()
        return None if found is None else dict(zip([c[0] for c in cursor.description], found, strict=True))

    def tuples(self, sql: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows without names: for many of them."""
        found: list[tuple[Any, ...]] = self._session.execute(sql, parameters).fetchall()
        return found

    def value(self, sql: str, /, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        found = self._session.execute(sql, parameters).fetchone()
        return None if found is None else found[0]

    def run(self, sql: str, /, **parameters: Any) -> int:
        """The number of rows touched."""
        touched: int = self._session.execute(sql, parameters).rowcount
        return touched

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails in the block is undone without the rest of the transaction."""
        self._session.execute("savepoint attempt", {})
        try:
            yield
        except BaseException:
            self._session.execute("rollback to savepoint attempt", {})
            raise
        self._session.execute("release savepoint attempt", {})

    def emit(self, event: Event) -> None:
        """Announce a fact: into the outbox with this transaction, onto the bus after its commit."""
        self._outgoing.append(outbox_row(event))

    def notify(self, topic: str) -> None:
        """Wake, after the commit, whoever in this process waits for this kind of work (see BackgroundJobs)."""
        self.notified.add(topic)

    def write_outbox(self) -> bool:
        """Insert what was emitted, in one statement. True if there was anything."""
        if not self._outgoing:
            return False
        self.run(APPEND, **append_parameters(self._outgoing))
        self._outgoing = []
        return True
