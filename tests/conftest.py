"""Fixtures of all tests. The process is monkey-patched first of all, as chassis.run does it."""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import logging  # noqa: E402
import os  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
import structlog  # noqa: E402

from chassis import answers, logs  # noqa: E402
from chassis.migrate import migrate  # noqa: E402
from contracts.events import Event  # noqa: E402
from deploy.local.names import ROOT  # noqa: E402
from deploy.local.process import ManagedProcess  # noqa: E402
from tests.support_code import nodes as test_nodes  # noqa: E402
from tests.support_code import services  # noqa: E402
from tests.support_code.bus import Bus  # noqa: E402
from tests.support_code.databases import Databases  # noqa: E402
from tests.support_code.nodes import Nodes  # noqa: E402
from tests.support_code.queues import Queues  # noqa: E402
from tests.support_code.services import Running  # noqa: E402
from tests.support_code.tokens import Tokens  # noqa: E402
from tests.support_code.waiting import PATIENCE  # noqa: E402

# Temporary folders lie in the project's own: nothing outside it is touched.
TEMPORARY = ROOT / ".local" / "tmp"
TEMPORARY.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))

# Short lines without the values of local variables; the default spends a second on each traceback.
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        logs._traceback_without_values,
        structlog.processors.KeyValueRenderer(),
    ]
)
logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)  # as chassis.logs has it

# Here, and in the processes that tests start.
answers.watchers.append(answers.check)
os.environ["CHECK_ANSWERS"] = "1"

_migrated: dict[str, str] = {}


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    """A private broker and a private database, with virtual hosts of this session's own."""
    with test_nodes.running() as found:
        found.make_vhosts()
        yield found
        found.drop_vhosts()


@pytest.fixture(scope="session")
def databases(nodes: Nodes) -> Iterator[Databases]:
    """Makes databases, and drops them at the end."""
    made = Databases(nodes)
    _migrated.clear()
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """Keys, and tokens of people and services under them."""
    return Tokens()


@pytest.fixture
def scratch_database(databases: Databases) -> Iterator[str]:
    """The address of a fresh database with the tables that every service has."""
    name = databases.scratch()
    yield databases.url(name)
    databases.discard(name)


@pytest.fixture
def service_database(databases: Databases) -> Callable[[str], str]:
    """``service_database("billing")``: the address of the service's migrated database, empty at first use."""
    emptied: set[str] = set()

    def of(service: str) -> str:
        if service not in _migrated:
            name = databases.make(service)
            migrate(service, databases.url(name))
            _migrated[service] = name
            emptied.add(service)
        if service not in emptied:
            databases.empty(_migrated[service])
            emptied.add(service)
        return databases.url(_migrated[service])

    return of


@pytest.fixture(scope="session")
def bus(nodes: Nodes) -> Iterator[Bus]:
    """The test's own connection: calls, events, queues."""
    found = Bus(nodes)
    found.start()
    yield found
    found.connection.stop()


@pytest.fixture
def rpc(bus: Bus) -> Callable[..., Any]:
    """``rpc("billing", deadline=2.0).method(field=...)``, over the chassis' client; see ``bus.calling``."""
    return bus.remote


@pytest.fixture
def stock_rpc(nodes: Nodes) -> Iterator[Any]:
    """nameko's own ``ClusterRpcProxy``."""
    from nameko.standalone.rpc import ClusterRpcProxy

    with ClusterRpcProxy({"AMQP_URI": nodes.amqp_url()}, timeout=PATIENCE) as proxy:
        yield proxy


@pytest.fixture
def publish_event(bus: Bus) -> Callable[..., str]:
    """``publish_event(event)`` as the relay does it; the event's id."""

    def publish(event: Event, **headers: Any) -> str:
        return bus.publish_event(event, **headers)

    return publish


@pytest.fixture
def variables(request: pytest.FixtureRequest, nodes: Nodes, tokens: Tokens) -> Callable[..., dict[str, str]]:
    """``variables(service_class)``: its environment, with a database if it has one."""

    def of(service: Any) -> dict[str, str]:
        database = None
        if getattr(service, "has_database", True):
            if service.__module__.startswith("services."):
                database = request.getfixturevalue("service_database")(service.name)
            else:
                database = request.getfixturevalue("scratch_database")
        return services.environment(nodes, tokens, database)

    return of


@pytest.fixture(scope="session")
def queues(bus: Bus) -> Queues:
    """The event queues that services of this session have declared."""
    return Queues(bus)


@pytest.fixture
def fresh_queues(queues: Queues) -> Callable[[Any], None]:
    """``fresh_queues(service_class)``: at the first start of a service in a test nothing waits for it from others."""
    seen: set[str] = set()

    def prepare(service: Any) -> None:
        if service.name not in seen:
            seen.add(service.name)
            queues.empty(service)

    return prepare


@pytest.fixture
def run_service(
    variables: Callable[..., dict[str, str]], fresh_queues: Callable[[Any], None], queues: Queues
) -> Iterator[Callable[..., Running]]:
    """``run_service(ServiceClass, environment={...}, wait=True, **config)`` in this process.

    A service of services/ gets its own database (``service_database``), any other one ``scratch_database``, unless
    its class says ``has_database = False``. Stopped at the end of the test.
    """
    running: list[Running] = []

    def run(
        service: Any, *, environment: dict[str, str] | None = None, wait: bool = True, **config: Any
    ) -> Running:
        started = Running(service, variables(service) | (environment or {}), config)
        fresh_queues(service)
        try:
            started.start(wait)
            if wait:
                queues.note(service)
        except BaseException:
            started.kill()
            raise
        running.append(started)
        return started

    yield run
    for one in reversed(running):
        one.stop()


@pytest.fixture
def spawn_service(
    variables: Callable[..., dict[str, str]],
    tmp_path: Path,
    fresh_queues: Callable[[Any], None],
    queues: Queues,
) -> Iterator[Callable[..., ManagedProcess]]:
    """``spawn_service("services.billing.service", environment={...})``: a process, ready, that may be killed."""
    from chassis.run import service_class

    processes: list[ManagedProcess] = []

    def spawn(
        module: str, *, environment: dict[str, str] | None = None, name: str = "", wait: bool = True
    ) -> ManagedProcess:
        service = service_class(module)
        settings = variables(service) | (environment or {})
        fresh_queues(service)
        name = name or f"{module.rsplit('.', 1)[-1]}-{len(processes)}"
        started = services.process(module, settings, tmp_path, name)
        processes.append(started)
        started.start()
        if wait:
            started.wait_ready(PATIENCE)
            queues.note(service)
        return started

    yield spawn
    for one in processes:
        one.kill()
