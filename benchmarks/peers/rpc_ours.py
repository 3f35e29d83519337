"""RPC by the chassis: a service in a container, a client on a connection."""

from __future__ import annotations

from collections.abc import Callable

import eventlet

eventlet.monkey_patch()

from typing import Any  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402

from benchmarks import support  # noqa: E402
from benchmarks.peers.greenlets import measure  # noqa: E402
from benchmarks.peers.payload import ANSWER, REQUEST, SERVICE, EchoRequest  # noqa: E402
from chassis import context  # noqa: E402
from chassis.amqp.shared_connection import SharedConnection  # noqa: E402
from chassis.configure import MANY_WORKERS  # noqa: E402
from chassis.rpc.client import RemoteService, RpcClient  # noqa: E402
from chassis.rpc.server import RpcServer, rpc  # noqa: E402
from chassis.validation import read  # noqa: E402


class Echo:
    """Answers from memory."""

    name = f"{SERVICE}_ours"

    @rpc
    def echo(self, call: context.CallContext, **kwargs: Any) -> Any:
        """The 1 KB."""
        return ANSWER


class ValidatedEcho:
    """The same, with the request read into its declared type."""

    name = f"{SERVICE}_validated"

    @rpc
    def echo(self, call: context.CallContext, **kwargs: Any) -> Any:
        """The 1 KB."""
        read(EchoRequest, kwargs)
        return ANSWER


def serve(url: str, workers: int, name: str = Echo.name, validated: bool = False) -> None:
    """Until the end of the process."""
    service = ValidatedEcho if validated else type("Echo", (Echo,), {"name": name})
    container = ServiceContainer(
        service, {"AMQP_URI": url, "rpc_workers": workers, "max_workers": MANY_WORKERS}
    )
    container.start()
    (server,) = (found for found in container.extensions if isinstance(found, RpcServer))
    while not server.broker.connection.up:
        eventlet.sleep(0.01)
    support.report(ready=True)
    container.wait()


def call(url: str, sequential: int, calls: int, in_flight: int, validated: bool = False) -> None:
    """Measure; every call carries the context that the gateway gives it."""
    connection = SharedConnection(url, "bench-caller")
    remote = RemoteService(RpcClient(connection), ValidatedEcho.name if validated else Echo.name, 30)
    connection.start(wait=10)
    received = context.CallContext(request_id="bench-0001", traceparent=context.new_traceparent())

    def once() -> None:
        context.enter(received)
        if remote.echo(**REQUEST) != ANSWER:
            raise AssertionError("another answer")

    support.report(**measure(once, sequential, calls, in_flight))
    connection.stop()


if __name__ == "__main__":
    given = support.arguments()
    roles: dict[str, Callable[..., Any]] = {"serve": serve, "call": call}
    roles[given.pop("role")](**given)
