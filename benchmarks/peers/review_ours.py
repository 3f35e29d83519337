"""The review as the service does it, in one transaction with its events; and the plain GROUP BY."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import time  # noqa: E402
from typing import Any  # noqa: E402

from authorisation.contexts import RequestContext  # noqa: E402
from authorisation.subject import NOBODY  # noqa: E402
from benchmarks import support  # noqa: E402
from benchmarks.peers.review_world import CONFIG, GROUP_BY, GROUP_JOURNAL, PROVIDER  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.context import CallContext  # noqa: E402
from chassis.database import Database, make_engine  # noqa: E402
from services.loyalty.configuration import loyalty_tools  # noqa: E402
from services.loyalty.handlers import reviewing  # noqa: E402


def ours(database: Database, period: str) -> Any:
    """The handler, from the begin to the commit."""
    tools = loyalty_tools(CONFIG)
    began = time.perf_counter()
    with database.transaction() as tx:
        call = RequestContext(tx, SystemClock().now(), CallContext(), subject=NOBODY)
        found = reviewing.review(call, tools, PROVIDER, period)
    return found | {"seconds": time.perf_counter() - began}


def group_by(database: Database, period: str) -> Any:
    """Counted in the server; the rows stay there. With the memory that the review has."""
    with database.transaction() as tx:
        tx.run("set local statement_timeout = '10min'")
        tx.run("set local work_mem = '256MB'")
        found = {}
        for name, query in (("journal", GROUP_JOURNAL), ("seconds", GROUP_BY)):
            began = time.perf_counter()
            found["members"] = tx.value(f"select count(*) from ({query} offset 0) counted")
            found[name] = time.perf_counter() - began
        return found


def main(url: str, role: str, period: str) -> None:
    """One of both, on a connection that is there already."""
    database = Database(make_engine(url, 1))
    with database.snapshot() as tx:
        tx.value("select 1")
    support.report(**{"ours": ours, "group_by": group_by}[role](database, period))


if __name__ == "__main__":
    main(**support.arguments())
