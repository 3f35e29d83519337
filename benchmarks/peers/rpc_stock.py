"""RPC by nameko as it comes: ``nameko.rpc`` both ways, inside containers, with enough workers and connections."""

from __future__ import annotations

from collections.abc import Callable

import eventlet

eventlet.monkey_patch()

from typing import Any  # noqa: E402

import kombu.pools  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.rpc import RpcProxy, rpc  # noqa: E402
from nameko.testing.services import dummy, entrypoint_hook  # noqa: E402

from benchmarks import support  # noqa: E402
from benchmarks.peers.greenlets import measure  # noqa: E402
from benchmarks.peers.payload import ANSWER, REQUEST, SERVICE  # noqa: E402


class Echo:
    """Answers from memory."""

    name = f"{SERVICE}_stock"

    @rpc
    def echo(self, **kwargs: Any) -> Any:
        """The 1 KB."""
        return ANSWER


class Caller:
    """Measures from inside a worker, as a service calls."""

    name = "bench_caller"
    remote = RpcProxy(Echo.name)

    @dummy
    def run(self, **options: int) -> dict[str, float]:
        """Measure."""

        def once() -> None:
            if self.remote.echo(**REQUEST) != ANSWER:
                raise AssertionError("another answer")

        return measure(once, **options)


def serve(url: str, workers: int, name: str = Echo.name) -> None:
    """Until the end of the process."""
    kombu.pools.set_limit(workers)
    container = ServiceContainer(
        type("Echo", (Echo,), {"name": name}), {"AMQP_URI": url, "max_workers": workers}
    )
    container.start()
    support.report(ready=True)
    container.wait()


def call(url: str, sequential: int, calls: int, in_flight: int) -> None:
    """Measure."""
    kombu.pools.set_limit(in_flight)
    container = ServiceContainer(Caller, {"AMQP_URI": url, "max_workers": in_flight})
    container.start()
    with entrypoint_hook(container, "run") as run:
        support.report(**run(sequential=sequential, calls=calls, in_flight=in_flight))


if __name__ == "__main__":
    given = support.arguments()
    roles: dict[str, Callable[..., Any]] = {"serve": serve, "call": call}
    roles[given.pop("role")](**given)
