"""A service's own database: one transaction a command, questions read-only, events into the outbox on commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import structlog
from eventlet.patcher import original
from nameko.extensions import DependencyProvider, SharedExtension
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from chassis.backoff import Backoff
from chassis.health import HealthServer
from chassis.session import Session
from chassis.transaction import Transaction
from chassis.wakeup import Wakeup, until_beat

log = structlog.get_logger(__name__)

#: Seconds between looks at a database that nobody uses, and at one that does not answer.
LOOK_EVERY, LOOK_AGAIN = 15.0, 0.5
#: For a look; a network that swallows everything is a database that is away.
ANSWER_WITHIN = 4.0


class Database:
    """Hands out transactions. Thread of control is a greenlet; the pool makes it wait for a connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.on_outbox_written: list[Any] = []
        self.on_notified: dict[str, list[Callable[[], None]]] = {}
        self.on_unavailable: list[Callable[[], None]] = []
        #: When it last did something, by the monotonic clock.
        self.answered_at = 0.0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block, rolls back if it raises. Never call outside systems inside."""
        written = False
        with self._session(transaction=True) as session:
            transaction = Transaction(session)
            try:
                yield transaction
                written = transaction.write_outbox()
                session.commit()
            except BaseException:
                session.rollback()
                raise
        if written:
            for notify in self.on_outbox_written:
                notify()
        for topic in transaction.notified:
            for wake in self.on_notified.get(topic, ()):
                wake()

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """For questions: each statement on its own, nothing is written."""
        with self._session(transaction=False) as session:
            yield Transaction(session)

    @contextmanager
    def _session(self, *, transaction: bool) -> Iterator[Session]:
        try:
            session = Session(self.engine.raw_connection(), transaction=transaction)
            try:
                yield session
                self.answered_at = time.monotonic()
            finally:
                session.give_back()
        except Exception as error:
            if is_unavailable(error):
                for tell in self.on_unavailable:
                    tell()
            raise


def psycopg2_url(url: str) -> str:
    """Name the driver: SQLAlchemy's own choice is psycopg 3, which eventlet cannot make green."""
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


def make_engine(url: str, pool_size: int = 10, statement_timeout_ms: int = 30_000) -> Engine:
    """An engine whose connections notice a dead server and never run a statement for ever."""
    engine = create_engine(
        psycopg2_url(url),
        pool_size=pool_size,
        # A connection beyond the pool's would be made, and closed again, for each use: a process and a handshake.
        max_overflow=0,
        pool_timeout=5,
        # Transactions are ended by whoever began them; see Session.
        pool_reset_on_return=None,
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
    event.listen(engine, "connect", _commit_each_statement)
    event.listen(engine, "checkout", _refuse_what_was_closed)
    return engine


def _commit_each_statement(connection: Any, _: Any) -> None:
    connection.autocommit = True


_select = original("select")


def _refuse_what_was_closed(connection: Any, record: Any, proxy: Any) -> None:
    """A connection that its server has ended is replaced before anything is sent over it: what was sent could not be
    repeated. An idle connection has nothing to say, so one that can be read from was closed; that costs no round trip.
    """
    look = _select.poll()
    look.register(connection.fileno(), _select.POLLIN)
    if connection.closed or look.poll(0):
        raise DisconnectionError("closed by the server")


def assert_green() -> None:
    """psycopg2 blocks the whole process unless eventlet's wait callback is in. Refuse to start without it."""
    if psycopg2.extensions.get_wait_callback() is None:
        raise RuntimeError("psycopg2 is not green: eventlet.monkey_patch() must come first")


def is_unavailable(error: BaseException) -> bool:
    """True where the database is away or busy and the same work can succeed later."""
    if isinstance(error, psycopg2.InterfaceError | PoolTimeoutError):
        return True
    # A statement that ran too long is its own fault, not the database's, and will be as long the next time. A library
    # that lost its connection while it waited for an answer has nothing but DatabaseError itself to say so.
    return (
        isinstance(error, psycopg2.OperationalError) and not isinstance(error, psycopg2.errors.QueryCanceled)
    ) or type(error) is psycopg2.DatabaseError


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
        self._stopping = False
        self._doubt = Wakeup()
        self.database.on_unavailable.append(self._doubt.wake)
        self.health.add_check("database", lambda: self._reachable)

    def start(self) -> None:
        """Watch the database for readiness."""
        assert_green()
        self._watch = self.container.spawn_managed_thread(self._look, identifier="database watch")

    def stop(self) -> None:
        """Close the pool, after those who asked to finish first."""
        for finish in self.finish_first:
            finish()
        self._watch.kill()
        self.database.engine.dispose()

    def _look(self) -> None:
        """Work that succeeds says all there is to know; only where nobody works is the database asked."""
        while True:
            reachable = self._answers()
            if self._reachable and not reachable:
                log.warning("database_unreachable")
            self._reachable = reachable
            while not self._doubt.wait(until_beat(LOOK_EVERY) if reachable else LOOK_AGAIN):
                if not reachable or self.database.answered_at < time.monotonic() - LOOK_EVERY:
                    break

    def _answers(self) -> bool:
        try:
            with eventlet.Timeout(ANSWER_WITHIN), self.database.snapshot() as tx:
                tx.value("select 1")
            return True
        except (Exception, eventlet.Timeout):
            return False


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
    pauses = Backoff(0.1, 1.0)
    while not unless():
        try:
            engine.raw_connection().close()
            engine.dispose()
            return True
        except psycopg2.OperationalError as error:
            log.warning("waiting_for_database", error=type(error).__name__)
            eventlet.sleep(pauses.next())
    return False
