"""The bill run as the service does it, its turns and all; only the bus between billing and metering is left out."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import cProfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import msgspec  # noqa: E402

from authorisation.contexts import RequestContext, ServiceContext  # noqa: E402
from authorisation.subject import ServiceTokens, Subject, SubjectVerifier  # noqa: E402
from benchmarks import support  # noqa: E402
from benchmarks.peers.bill_run_world import CONFIG, PERIOD, PROVIDER  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.context import CallContext  # noqa: E402
from chassis.database import Database, make_engine  # noqa: E402
from services.billing.configuration import billing_tools  # noqa: E402
from services.billing.handlers import runs  # noqa: E402
from services.billing.service import BillingService  # noqa: E402
from services.metering import views  # noqa: E402

KEY = "a key for the length of one benchmark"


class Metering:
    """Stands for ``Remote("metering")``: the real question, and JSON as on the bus, but no bus."""

    def __init__(self, url: str) -> None:
        self._database = Database(make_engine(url, 1))
        self.asking = self.coding = 0.0

    def quantities(self, **request: Any) -> Any:
        """What the registers counted."""
        began = time.perf_counter()
        with self._database.snapshot() as tx:
            call = RequestContext(
                tx, SystemClock().now(), CallContext(), subject=Subject("service", "billing")
            )
            answer = views.quantities(call, **request)
        asked = time.perf_counter()
        received = msgspec.json.decode(msgspec.json.encode(answer))
        self.asking += asked - began
        self.coding += time.perf_counter() - asked
        return received


def main(billing: str, metering: str, profile: str = "") -> None:
    """Run it from the start to the end."""
    service: Any = BillingService()
    database = Database(make_engine(billing, 2))
    tokens = ServiceTokens("billing", KEY)
    service.service = ServiceContext(database, SystemClock(), SubjectVerifier("", KEY), tokens, None)
    service.tools = billing_tools(CONFIG)
    service.metering = remote = Metering(metering)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    began = time.perf_counter()
    with service.service.begin(Subject("person", "00000000-0000-7000-8000-000000000001")) as call:
        run = runs.start(call, service.tools, PROVIDER, PERIOD)["run"]
    while _state(database, run) != "done":
        service.carry_on_bill_runs(CallContext())
    seconds = time.perf_counter() - began
    if profile:
        profiler.disable()
        profiler.dump_stats(Path(profile))
    support.report(seconds=seconds, metering=remote.asking, json=remote.coding)


def _state(database: Database, run: str) -> Any:
    with database.snapshot() as tx:
        return tx.value("select state from bill_run where id = cast(:run as uuid)", run=run)


if __name__ == "__main__":
    main(**support.arguments())
