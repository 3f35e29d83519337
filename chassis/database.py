"""A service's own database: one transaction a command, questions read-only, events into the outbox on commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
import psycopg2.errors
import psycopg2.extensions
import structlog
from nameko.extensions import DependencyProvider, SharedExtension
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from chassis.health import HealthServer
from chassis.transaction import Transaction, clause

log = structlog.get_logger(__name__)

PING_EVERY = 2.0


class Database:
    """Hands out transactions. Thread of control is a greenlet; the pool makes it wait for a connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.on_outbox_written: list[Any] = []
        self.on_roused: dict[str, list[Callable[[], None]]] = {}

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block, rolls back if it raises. Never call outside systems inside."""
        with self.engine.connect() as connection, connection.begin():
            transaction = Transaction(connection)
            yield transaction
            written = transaction.write_outbox()
        if written:
            for notify in self.on_outbox_written:
                notify()
        for topic in transaction.roused:
            for wake in self.on_roused.get(topic, ()):
                wake()

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """For questions: each statement on its own, nothing is written."""
        with self.engine.connect() as connection:
            yield Transaction(connection.execution_options(isolation_level="AUTOCOMMIT"))


def psycopg2_url(url: str) -> str:
    """Name the driver: SQLAlchemy's own choice is psycopg 3, which eventlet cannot make green."""
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


def make_engine(url: str, pool_size: int = 10, statement_timeout_ms: int = 30_000) -> Engine:
    """An engine whose connections notice a dead server and never run a statement for ever."""
    return create_engine(
        psycopg2_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        # The one used last is warm: its backend knows the tables and has their plans' parts in its caches.
        pool_use_lifo=True,
        connect_args={
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=10000"
            " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off",
        },
    )


def assert_green() -> None:
    """psycopg2 blocks the whole process unless eventlet's wait callback is in. Refuse to start without it."""
    if psycopg2.extensions.get_wait_callback() is None:
        raise RuntimeError("psycopg2 is not green: eventlet.monkey_patch() must come first")


def is_unavailable(error: BaseException) -> bool:
    """True where the database is away or busy and the same work can succeed later."""
    if isinstance(error, InterfaceError | PoolTimeoutError):
        return True
    if isinstance(error, OperationalError):
        # A statement that ran too long is its own fault, not the database's, and will be as long the next time.
        return not isinstance(error.orig, psycopg2.errors.QueryCanceled)
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)


class DatabaseConnection(SharedExtension):
    """The engine of the process, shared by everything in its container that needs the database."""

    health = HealthServer()

    def __init__(self) -> None:
        self.finish_first: list[Callable[[], None]] = []

    @property
    def database(self) -> Database:
        """The Database, made when first asked for (extensions are set up in no particular order)."""
        if getattr(self, "_database", None) is None:
            settings = self.container.config["database"]
            self._database = Database(make_engine(settings["url"], settings.get("pool_size", 10)))
        return self._database

    def setup(self) -> None:
        """Readiness depends on the database."""
        self._reachable = False
        self.health.add_check("database", lambda: self._reachable)

    def start(self) -> None:
        """Watch the database for readiness."""
        assert_green()
        self._watch = self.container.spawn_managed_thread(self._ping, identifier="database watch")

    def stop(self) -> None:
        """Close the pool, after those who asked to finish first."""
        for finish in self.finish_first:
            finish()
        self._watch.kill()
        self.database.engine.dispose()

    def _ping(self) -> None:
        while True:
            try:
                with eventlet.Timeout(PING_EVERY * 2), self.database.engine.connect() as connection:
                    connection.execute(clause("select 1"))
                self._reachable = True
            except (Exception, eventlet.Timeout) as error:
                if self._reachable:
                    log.warning("database_unreachable", error=type(error).__name__)
                self._reachable = False
            eventlet.sleep(PING_EVERY if self._reachable else 0.5)


class DatabaseProvider(DependencyProvider):
    """``db = DatabaseProvider()`` on a service gives its methods ``self.db``, a Database."""

    connection = DatabaseConnection()

    def get_dependency(self, worker_ctx: Any) -> Database:
        """The process's Database."""
        database: Database = self.connection.database
        return database


def wait_for_database(url: str, unless: Callable[[], bool]) -> bool:
    """Wait, with backoff, until the database answers; False if ``unless`` came true before."""
    engine = make_engine(url, 1)
    pause = 0.1
    while not unless():
        try:
            with engine.connect():
                engine.dispose()
                return True
        except OperationalError as error:
            log.warning("waiting_for_database", error=type(error).__name__)
            eventlet.sleep(pause)
            pause = min(pause * 2, 1.0)
    return False
