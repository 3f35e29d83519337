"""The gateway's own application and server, with a route that asks the four stand-ins as /overview asks five."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import time  # noqa: E402
from typing import Any  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402

from benchmarks import support  # noqa: E402
from benchmarks.peers.payload import REQUEST  # noqa: E402
from chassis import logs  # noqa: E402
from chassis.configure import MANY_WORKERS  # noqa: E402
from gateway import routes  # noqa: E402
from gateway.composition import gather  # noqa: E402
from gateway.operations import SIGNED_IN, HttpRequest, operation  # noqa: E402
from gateway.server import HttpServer  # noqa: E402

DEADLINE = 3.0
slowest: list[float] = []
services: list[str] = []


@operation("GET", "/benchmark", SIGNED_IN)
def benchmark(call: HttpRequest) -> Any:
    """Four at once."""
    began = time.perf_counter()
    found, missing = gather(
        {name: call.service(name, DEADLINE).start("echo", **REQUEST) for name in services}
    )
    slowest.append(time.perf_counter() - began)
    return {**found, "missing": missing}


@operation("GET", "/benchmark/slowest", SIGNED_IN)
def benchmark_slowest(call: HttpRequest) -> Any:
    """p99 of the slowest of the four, since it was asked before."""
    found = support.quantile(slowest or [0.0], 0.99) * 1000
    slowest.clear()
    return {"p99_ms": found}


class Gateway:
    """The door."""

    name = "gateway"
    http = HttpServer()


def main(url: str, port: int, public_key: str, names: list[str]) -> None:
    """Until the end of the process."""
    services.extend(names)
    routes.load()
    logs.configure("gateway")
    config = {
        "AMQP_URI": url,
        "max_workers": MANY_WORKERS,
        "token_public_key": public_key,
        "service_key": "not used here",
        "http": {"host": "127.0.0.1", "port": port},
    }
    container = ServiceContainer(Gateway, config)
    container.start()
    support.report(ready=True)
    container.wait()


if __name__ == "__main__":
    main(**support.arguments())
