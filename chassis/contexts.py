"""What a service's methods work with: the service's context (database, clock) and that of one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nameko.extensions import DependencyProvider

from chassis.clock import Clock
from chassis.context import CallContext, current
from chassis.database import Database, DatabaseConnection
from chassis.health import HealthServer
from chassis.housekeeping import Housekeeping
from chassis.outbox_relay import OutboxRelay
from chassis.rpc.client import RpcClient, RpcClientExtension
from chassis.transaction import Transaction
from contracts.errors import CabinetError


@dataclass(slots=True)
class RequestContext:
    """What a method gets besides its request: transaction, moment and context of this call."""

    tx: Transaction
    now: datetime
    context: CallContext
    refusal: CabinetError | None = None

    def __post_init__(self) -> None:
        self.tx.moment = self.now

    def refuse(self, code: str, **fields: Any) -> Any:
        """Answer with an error, but keep what was written (a counted try, an ended session)."""
        self.refusal = CabinetError(code, **fields)
        return None


class ServiceContext:
    """One for the process: the service's database and clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    @contextmanager
    def begin(self) -> Iterator[RequestContext]:
        """One transaction with its moment; a refusal is raised after the commit."""
        with self.database.transaction() as tx:
            ctx = RequestContext(tx, self.clock.now(), current())
            yield ctx
        if ctx.refusal is not None:
            raise ctx.refusal


class ServiceContextProvider(DependencyProvider):
    """``service = ServiceContextProvider()`` on a service class. A floor above makes richer contexts in ``make``."""

    connection = DatabaseConnection()
    relay = OutboxRelay()
    health = HealthServer()
    rpc_client = RpcClientExtension()
    housekeeping = Housekeeping()

    @classmethod
    def make(cls, container: Any, database: Database, client: RpcClient | None = None) -> ServiceContext:
        """The context of a container, by its configuration; ``client`` is for what it asks others."""
        return ServiceContext(database, container.config["clock"])

    def setup(self) -> None:
        """Make it."""
        self._made = self.make(self.container, self.connection.database, self.rpc_client.client)

    def get_dependency(self, worker_ctx: Any) -> ServiceContext:
        """The context."""
        return self._made


def context_of(container: Any, database: Database) -> ServiceContext:
    """A context of the kind that the container's service declares, for its background work."""
    [provider] = [item for item in container.dependencies if isinstance(item, ServiceContextProvider)]
    return provider.make(container, database)
