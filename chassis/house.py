"""What every service's methods need, as one dependency: database, outbox, clock, who is calling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nameko.extensions import DependencyProvider

from chassis import access, audit
from chassis.clock import Clock
from chassis.context import CallContext, current, enter
from chassis.database import Database, DatabaseConnection
from chassis.health import HealthServer
from chassis.housekeeping import Housekeeping
from chassis.outbox_relay import OutboxRelay
from chassis.rpc.client import RemoteService, RpcClientExtension
from chassis.subject import NOBODY, ServiceTokens, Subject, SubjectVerifier
from chassis.transaction import Transaction
from contracts.errors import CabinetError


@dataclass(slots=True)
class Call:
    """What a method gets besides its request: transaction, moment, subject and context of this call."""

    tx: Transaction
    now: datetime
    subject: Subject
    context: CallContext
    refusal: CabinetError | None = None

    def __post_init__(self) -> None:
        self.tx.moment = self.now

    def refuse(self, code: str, **fields: Any) -> Any:
        """Answer with an error, but keep what was written (a counted try, an ended session)."""
        self.refusal = CabinetError(code, **fields)
        return None


class HouseTools:
    """One for the process; see House."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        verifier: SubjectVerifier,
        tokens: ServiceTokens,
        identity: RemoteService | None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.verifier = verifier
        self.tokens = tokens
        self._identity = identity

    @classmethod
    def of(cls, container: Any, database: Database, identity: RemoteService | None = None) -> HouseTools:
        """Of a container, by its configuration."""
        config = container.config
        return cls(
            database,
            config["clock"],
            SubjectVerifier(config["token_public_key"], config["service_key"]),
            ServiceTokens(container.service_name, config["service_key"]),
            identity,
        )

    @contextmanager
    def begin(self, subject: Subject = NOBODY) -> Iterator[Call]:
        """One transaction with its moment; a refusal is raised after the commit."""
        acting = audit.current()
        with self.database.transaction() as tx:
            call = Call(tx, self.clock.now(), subject, current())
            yield call
            begins = acting if acting is not None and acting.begins() else None
            if begins is not None:
                begins.write(tx, call.now, audit.BEGUN)
        if begins is not None:
            begins.begun = True
        if call.refusal is not None:
            raise call.refusal

    def speak_for_itself(self) -> None:
        """From here on this greenlet calls others in the service's own name."""
        enter(replace(current(), subject=self.tokens.current()))

    def confirm_access(self, missing: access.AccessUnknownError) -> bool:
        """Ask identity about a grant that is not known here yet (its event may be on the way).

        True if it exists; it is then recorded here, and the caller tries again.
        """
        if self._identity is None:
            return False
        found = self._identity.access_of(person=missing.person, account=missing.account)["grants"]
        with self.database.transaction() as tx:
            for one in found:
                access.grant(
                    tx,
                    missing.person,
                    missing.account,
                    one["scopes"],
                    datetime.fromisoformat(one["since"]),
                    via=one["via"],
                    until=datetime.fromisoformat(one["until"]) if one["until"] else None,
                    version=one.get("version", 0),
                )
        return bool(found)


class House(DependencyProvider):
    """``house = House()`` on a service class."""

    connection = DatabaseConnection()
    relay = OutboxRelay()
    health = HealthServer()
    rpc_client = RpcClientExtension()
    housekeeping = Housekeeping()

    def setup(self) -> None:
        """Put the tools together from the container's configuration."""
        service = self.container.service_name
        identity = None if service == "identity" else RemoteService(self.rpc_client.client, "identity", 2.0)
        self._tools = HouseTools.of(self.container, self.connection.database, identity)

    def get_dependency(self, worker_ctx: Any) -> HouseTools:
        """The tools."""
        return self._tools


class Provided(DependencyProvider):
    """A dependency made once, at start, by a function of the container's configuration.

    ``profiles = Provided(load_profiles)``
    """

    def __init__(self, factory: Callable[[dict[str, Any]], Any]) -> None:
        self._factory = factory

    def setup(self) -> None:
        """Make it."""
        self._made = self._factory(self.container.config)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """What was made."""
        return self._made
