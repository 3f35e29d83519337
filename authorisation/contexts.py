"""The contexts of the chassis with who is asking: the subject of a request, and what verifies and asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from authorisation import access, audit
from authorisation.subject import NOBODY, ServiceTokens, Subject, SubjectVerifier
from chassis import contexts
from chassis.clock import Clock
from chassis.context import current, enter
from chassis.database import Database
from chassis.rpc.client import RemoteService, RpcClient

#: Where access is asked for that is not known here yet, and for how long at most, in seconds.
OWNER_OF_GRANTS, ASKED_FOR = "identity", 2.0


@dataclass(slots=True)
class RequestContext(contexts.RequestContext):
    """What a method gets besides its request: transaction, moment, context of this call, and its subject."""

    subject: Subject = NOBODY


class ServiceContext(contexts.ServiceContext):
    """One for the process: database, clock, verifier of subjects, the service's own tokens."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        verifier: SubjectVerifier,
        tokens: ServiceTokens,
        identity: RemoteService | None,
    ) -> None:
        super().__init__(database, clock)
        self.verifier = verifier
        self.tokens = tokens
        self._identity = identity

    @contextmanager
    def begin(self, subject: Subject = NOBODY) -> Iterator[RequestContext]:
        """One transaction with its moment; a refusal is raised after the commit."""
        acting = audit.current()
        with self.database.transaction() as tx:
            ctx = RequestContext(tx, self.clock.now(), current(), subject=subject)
            yield ctx
            begins = acting if acting is not None and acting.begins() else None
            if begins is not None:
                begins.write(tx, ctx.now, audit.BEGUN)
        if begins is not None:
            begins.begun = True
        if ctx.refusal is not None:
            raise ctx.refusal

    @contextmanager
    def look(self, subject: Subject = NOBODY) -> Iterator[RequestContext]:
        """One moment's view of the database, to read only."""
        with self.database.snapshot() as tx:
            yield RequestContext(tx, self.clock.now(), current(), subject=subject)

    def use_service_token(self) -> None:
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


class ServiceContextProvider(contexts.ServiceContextProvider):
    """``service = ServiceContextProvider()`` on a service class."""

    @classmethod
    def make(cls, container: Any, database: Database, client: RpcClient | None = None) -> ServiceContext:
        """The context of a container, by its configuration. The owner of grants does not ask itself for them."""
        config, name = container.config, container.service_name
        return ServiceContext(
            database,
            config["clock"],
            SubjectVerifier(config["token_public_key"], config["service_key"]),
            ServiceTokens(name, config["service_key"]),
            None if client is None or name == OWNER_OF_GRANTS else _owner_of_grants(client),
        )


def _owner_of_grants(client: RpcClient) -> RemoteService:
    return RemoteService(client, OWNER_OF_GRANTS, ASKED_FOR)
