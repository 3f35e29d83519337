"""A unit of work on a service's database."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, text

from chassis.outbox import OutboxRow, append_to_outbox, outbox_row
from contracts.events import Event


@lru_cache(maxsize=2048)
def clause(sql: str) -> TextClause:
    return text(sql)


class Transaction:
    """A unit of work. Statements take named parameters; lists become PostgreSQL arrays."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._outgoing: list[OutboxRow] = []
        self.roused: set[str] = set()
        #: When the call that it belongs to happens, by the deployment's clock; None outside a call.
        self.moment: datetime | None = None

    def rows(self, sql: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """All rows, as plain dictionaries (they may go onto the bus as they are)."""
        found = self.connection.execute(clause(sql), parameters)
        # Not mappings(): they look the names up again for each row, which costs more than all else of it.
        names = tuple(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found]

    def row(self, sql: str, /, **parameters: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        found = self.connection.execute(clause(sql), parameters).mappings().first()
        return None if found is None else dict(found)

    def value(self, sql: str, /, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        return self.connection.execute(clause(sql), parameters).scalar()

    def run(self, sql: str, /, **parameters: Any) -> int:
        """The number of rows touched."""
        return self.connection.execute(clause(sql), parameters).rowcount

    def emit(self, event: Event) -> None:
        """Announce a fact: into the outbox with this transaction, onto the bus after its commit."""
        self._outgoing.append(outbox_row(event))

    def rouse(self, topic: str) -> None:
        """Wake, after the commit, whoever in this process waits for this kind of work (see Errands)."""
        self.roused.add(topic)

    def write_outbox(self) -> bool:
        """Insert what was emitted, in one statement. True if there was anything."""
        if not self._outgoing:
            return False
        append_to_outbox(self, self._outgoing)
        self._outgoing = []
        return True
