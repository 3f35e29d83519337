"""nameko as it comes: ``@http`` and four RpcProxies asked at once by ``call_async``."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
from typing import Any  # noqa: E402

import kombu.pools  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.rpc import RpcProxy  # noqa: E402
from nameko.web.handlers import http  # noqa: E402

from benchmarks import support  # noqa: E402
from benchmarks.peers.payload import REQUEST  # noqa: E402

WORKERS = 64


def gateway(names: list[str]) -> Any:
    """A service class with a proxy for each name."""

    class Gateway:
        name = "bench_gateway_stock"

        @http("GET", "/benchmark")
        def benchmark(self, request: Any) -> tuple[int, dict[str, str], str]:
            replies = {name: getattr(self, name).echo.call_async(**REQUEST) for name in names}
            found = {name: reply.result() for name, reply in replies.items()}
            return 200, {"Content-Type": "application/json"}, json.dumps(found)

    for name in names:
        setattr(Gateway, name, RpcProxy(name))
    return Gateway


def main(url: str, port: int, names: list[str]) -> None:
    """Until the end of the process."""
    kombu.pools.set_limit(WORKERS)
    config = {"AMQP_URI": url, "WEB_SERVER_ADDRESS": f"127.0.0.1:{port}", "max_workers": WORKERS}
    container = ServiceContainer(gateway(names), config)
    container.start()
    support.report(ready=True)
    container.wait()


if __name__ == "__main__":
    main(**support.arguments())
