"""The whole system: nodes, databases, migrations, sandbox, services, gateway.

Usable by `make run` and by tests alike, several at a time, each with a home of its own::

    with Stack(Path(".local/test")) as stack:
        stack.endpoints["gateway"]["url"]
        stack.processes["billing"].kill()
        stack.processes["billing"].start()
        stack.processes["billing"].wait_ready()
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from deploy.local import cores, declared, endpoints, leftovers, migrated, ports, programs, settings
from deploy.local.home_lock import HomeLock
from deploy.local.nodes import Nodes
from deploy.local.postgres import PostgresNode
from deploy.local.process import ManagedProcess, ProcessFailed, at_once
from deploy.local.programs import Program
from deploy.local.rabbitmq import RabbitNode
from deploy.local.settings import Settings

ONCE_TIMEOUT = 120.0
MIGRATIONS_TIMEOUT = 180
READY_TIMEOUT = 120


class StackStopped(RuntimeError):
    """`stop` was called while `start` was still at work."""


class _Startable(Protocol):
    def start(self) -> None: ...


class Stack:
    """Everything of one home. Started once and stopped once; for another run make another."""

    def __init__(
        self,
        home: Path,
        *,
        nodes_only: bool = False,
        system: Callable[[Settings], Sequence[Program]] = programs.system,
        migrations: Callable[[Settings], Program] | None = programs.migrations,
        declare: bool = True,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`system` and `migrations` tell what to run (tests give stand-ins), `declare` whether the broker gets our
        services' queues, `say` hears of each step."""
        self.home = home.resolve()
        #: Sandbox, services and gateway by name.
        self.processes: dict[str, ManagedProcess] = {}
        self._nodes_only = nodes_only
        self._system = system
        self._migrations = migrations
        self._declares = declare
        self._say = say
        self._home_lock = HomeLock(self.home)
        self._nodes: Nodes | None = None
        self._settings: Settings | None = None
        self._migration: ManagedProcess | None = None
        self._once: list[ManagedProcess] = []
        self._last: set[str] = set()
        self._launching = threading.Lock()
        self._stop_asked = False
        self._one_stop = threading.Lock()

    @property
    def nodes(self) -> Nodes:
        """The nodes with their users, passwords and addresses."""
        if self._nodes is None:
            raise RuntimeError("the stack was not started")
        return self._nodes

    @property
    def settings(self) -> Settings:
        """The environments of the processes."""
        if self._settings is None:
            raise RuntimeError("the stack was not started")
        return self._settings

    @property
    def broker(self) -> RabbitNode:
        """The RabbitMQ node."""
        return self.nodes.broker

    @property
    def database(self) -> PostgresNode:
        """The PostgreSQL node."""
        return self.nodes.database

    @property
    def endpoints(self) -> dict[str, Any]:
        """What endpoints.json says."""
        return endpoints.describe(self.nodes, self.settings)

    def lock(self) -> None:
        """Take the home, or raise `HomeBusy`. `start` does it unless it was done before."""
        self._home_lock.acquire()

    def start(self) -> None:
        """Start all of it and return when all is ready. If that fails, what was started is stopped again."""
        self.lock()
        try:
            leftovers.end(self.home)
            # Only now: the ports of a home that is in use would look taken.
            self._nodes = Nodes(self.home)
            self._settings = Settings(self._nodes, ports.allocate(self.home, settings.PORT_NAMES))
            if self._nodes_only:
                self._start_nodes()
            else:
                self._start_all()
        except BaseException:
            self.stop()
            raise

    def stop(self, grace: float = 30) -> None:
        """Stop the services, then the sandbox, then the nodes. Another thread may call it during `start`."""
        with self._launching:  # waits for a launch that is under way; no other follows it
            self._stop_asked = True
        with self._one_stop:
            for once in (self._migration, *self._once):
                if once:
                    once.stop(grace)
            launched = list(self.processes.items())
            first = [process for name, process in launched if name not in self._last]
            last = [process for name, process in launched if name in self._last]
            for processes in (first, last):
                at_once([partial(process.stop, grace) for process in processes])
            if self._nodes:
                self._nodes.stop()
            self._home_lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_all(self) -> None:
        # Before anything is started on data that it does not fit.
        to_migrate = self._migrations is not programs.migrations or migrated.needed(self.home)
        system = list(self._system(self.settings))
        # The outside world needs nothing of ours, so it goes ahead. The broker is the slowest to come up, and
        # services wait for it themselves, so their imports run while it boots.
        self._launch_programs([program for program in system if program.outlives_others])
        self._start_nodes(wait_for_broker=False)
        declaring = None
        if self._declares and declared.needed(self.home):
            declaring = self._process(programs.topology(self.settings))
            self._launch(declaring)
        if to_migrate:
            self._migrate()
        self._say("services and gateway")
        self._launch_programs([program for program in system if not program.outlives_others])
        waiting = [process.pid for process in self.processes.values() if process.alive]
        cores.leave_one(waiting)
        self.broker.wait_ready()
        cores.share_all(waiting)
        if declaring:
            self._declare(declaring)
        at_once([partial(process.wait_ready, READY_TIMEOUT) for process in self.processes.values()])

    def _start_nodes(self, *, wait_for_broker: bool = True) -> None:
        self._say("broker and database")
        self._launch(self.broker)
        self._launch(self.database)
        self.nodes.prepare_database()
        if wait_for_broker:
            self.broker.wait_ready()

    def _migrate(self) -> None:
        if self._migrations is None:
            return
        self._say("migrations")
        self._migration = self._process(self._migrations(self.settings))
        self._launch(self._migration)
        if self._migration.wait(MIGRATIONS_TIMEOUT) != 0:
            raise ProcessFailed(f"migrations failed\n{self._migration.tail()}")
        if self._migrations is programs.migrations:
            migrated.note(self.home)

    def _declare(self, topology: ManagedProcess) -> None:
        """Exchanges and queues, which services wait for; then the head end of the demo, which needs them."""
        self._finish(topology)
        head_end = self._process(programs.demo_head_end(self.settings))
        self._launch(head_end)
        self._finish(head_end)
        declared.note(self.home)

    def _finish(self, once: ManagedProcess) -> None:
        self._once.append(once)
        if once.wait(ONCE_TIMEOUT) != 0:
            raise ProcessFailed(f"{once.name} failed\n{once.tail()}")

    def _launch_programs(self, wanted: Sequence[Program]) -> None:
        for program in wanted:
            process = self._process(program)
            self.processes[program.name] = process
            if program.outlives_others:
                self._last.add(program.name)
            self._launch(process)

    def _process(self, program: Program) -> ManagedProcess:
        return ManagedProcess(
            program.name,
            program.argv,
            program.env,
            self.home / "log" / f"{program.name}.log",
            program.health_url,
            pid_file=self.home / "pid" / f"{program.name}.pid",
        )

    def _launch(self, what: _Startable) -> None:
        with self._launching:
            if self._stop_asked:
                raise StackStopped("stopped before it was up")
            what.start()
