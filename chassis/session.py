"""A connection of the pool while somebody works with it: statements, prepared ones among them, and transactions.

The connection is in the driver's autocommit mode; a transaction is begun with its first statement, in one round trip.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg2
import structlog

from chassis.statements import Prepared, Statement, as_literals, statement

log = structlog.get_logger(__name__)

#: A statement is prepared on a connection once it has run there so often.
SEEN_FIRST: Final = 2
#: So many a connection; what comes later is planned each time.
MAX_PREPARED: Final = 500
_PREPARED, _SEEN = "cabinet_prepared", "cabinet_seen"


class Session:
    """Between a checkout and the return to the pool; see the module."""

    __slots__ = ("_begins", "_checked_out", "_connection", "_in_transaction", "_later")

    def __init__(self, checked_out: Any, *, transaction: bool) -> None:
        """``checked_out`` is SQLAlchemy's pooled connection. Without ``transaction`` each statement commits itself."""
        self._checked_out = checked_out
        self._connection = checked_out.dbapi_connection
        self._begins = transaction
        self._in_transaction = False
        self._later: list[Prepared] = []

    def execute(self, sql: str, parameters: dict[str, Any]) -> Any:
        """The driver's cursor after a statement. Raises psycopg2.Error."""
        found = statement(sql)
        cursor = self._connection.cursor()
        text, given = self._choose(found, parameters)
        if self._begins and not self._in_transaction:
            # An error in it leaves a transaction that was begun: it is rolled back.
            self._in_transaction = True
            text = "begin;" + text
        cursor.execute(text, given)
        return cursor

    def commit(self) -> None:
        """Commit what was done, if anything."""
        if self._in_transaction:
            self._in_transaction = False
            self._connection.cursor().execute("commit")
        self._prepare_later()

    def rollback(self) -> None:
        """Undo it. A connection that cannot do so is thrown away when it is given back."""
        if not self._in_transaction:
            return
        try:
            self._connection.cursor().execute("rollback")
        except Exception as error:
            log.warning("connection_broken", error=type(error).__name__)
            return
        self._in_transaction = False

    def give_back(self) -> None:
        """To the pool; a broken connection is not, nor one with something unfinished in it."""
        if self._connection.closed or self._in_transaction:
            self._checked_out.invalidate()
        self._checked_out.close()

    # --- prepared statements ------------------------------------------------------------------------------------

    def _choose(self, found: Statement, parameters: dict[str, Any]) -> tuple[str, Any]:
        variant = found.prepared(parameters)
        if variant is None:
            return found.text, parameters
        here = self._checked_out.info.setdefault(_PREPARED, set())
        if variant.name not in here and not self._make_ready(variant, here):
            return found.text, parameters
        return variant.execute, as_literals(parameters)

    def _make_ready(self, variant: Prepared, here: set[str]) -> bool:
        """Prepare it if it is time to; True if it can be used now. In a transaction that waits until it is over, since
        a statement that the server refuses to prepare would end it."""
        seen = self._checked_out.info.setdefault(_SEEN, {})
        seen[variant.name] = seen.get(variant.name, 0) + 1
        if seen[variant.name] <= SEEN_FIRST or len(here) >= MAX_PREPARED:
            return False
        if self._begins:
            self._later.append(variant)
            return False
        return self._prepare(variant, here)

    def _prepare_later(self) -> None:
        if self._later:
            here = self._checked_out.info[_PREPARED]
            for variant in self._later:
                if variant.name not in here and variant.usable:
                    self._prepare(variant, here)
            self._later = []

    def _prepare(self, variant: Prepared, here: set[str]) -> bool:
        try:
            self._connection.cursor().execute(variant.prepare)
        except psycopg2.OperationalError:
            # The connection's fault, not the statement's: whoever uses it next finds out.
            return False
        except psycopg2.Error as error:
            # Types that only a value decides, mostly. It is planned each time.
            variant.usable = False
            log.info("not_prepared", statement=variant.name, code=error.pgcode)
            return False
        here.add(variant.name)
        return True
