"""A page made of four RPCs, over 16 connections. Run: ``python -m benchmarks.overview [--requests N] [--rounds K]``.

The four services answer 1 KB from memory. Ours is the gateway's real application and server: token, access log,
security headers, ETag and all; the others have none of that. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import time
from contextlib import ExitStack
from typing import Any, Final

import jwt

from authorisation.subject import ISSUER
from benchmarks import support
from deploy.local.settings import token_keys
from deploy.local.stack import Stack

NAMES: Final = ("accounts", "balances", "meters", "points")
WORKERS: Final = 32
CONNECTIONS: Final = 16
WARM_UP: Final = 10 * CONNECTIONS
LOAD: Final = "benchmarks.peers.load"
REACH: Final = {
    "stock": [">=", 2.5],
    "fastapi_aio_pika": [">=", 1.5],
    "p99_of_ours_to_slowest_rpc": ["<=", 3.0],
}
# Ports of the home that are free because only the nodes run.
PORTS: Final = {"ours": "gateway.http", "stock": "sandbox.http", "fastapi_aio_pika": "sandbox.smtp"}
PATHS: Final = {"ours": "/api/v1/benchmark", "stock": "/benchmark", "fastapi_aio_pika": "/benchmark"}


def start(stack: Stack, children: ExitStack) -> None:
    """The services, each a process, and the three doors to them."""
    url = stack.nodes.amqp_url("gateway")
    made: list[support.Child] = []

    def child(module: str, **arguments: Any) -> None:
        made.append(children.enter_context(support.Child(f"benchmarks.peers.{module}", **arguments)))

    for kind in ("ours", "stock"):
        for name in NAMES:
            child(f"rpc_{kind}", role="serve", url=url, workers=WORKERS, name=f"bench_{kind}_{name}")
    for waiting in made:
        waiting.report()
    made.clear()
    ours = [f"bench_ours_{name}" for name in NAMES]
    stock = [f"bench_stock_{name}" for name in NAMES]
    ports = {name: stack.settings.port(port) for name, port in PORTS.items()}
    public = token_keys(stack.nodes.secrets)[1]
    child("overview_ours", url=url, port=ports["ours"], public_key=public, names=ours)
    child("overview_stock", url=url, port=ports["stock"], names=stock)
    child("overview_fastapi", url=url, port=ports["fastapi_aio_pika"], names=stock)
    for waiting in made:
        waiting.report()


def token(stack: Stack) -> str:
    """As identity signs it."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "person", "sid": "session", "iat": now, "exp": now + 3600}
    return jwt.encode(claims, token_keys(stack.nodes.secrets)[0], algorithm="EdDSA")


def slowest_rpc(port: int, headers: dict[str, str]) -> float:
    """What our gateway saw since it was asked before, p99 in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"{PATHS['ours']}/slowest", headers=headers)
    found: float = json.loads(connection.getresponse().read())["p99_ms"]
    connection.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=1_500, help="requests of a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    results: dict[str, list[dict[str, float]]] = {name: [] for name in PORTS}
    tails: list[float] = []
    with support.nodes() as stack, ExitStack() as children:
        start(stack, children)
        headers = {"Authorization": f"Bearer {token(stack)}"}
        for round_ in range(options.rounds):
            for name, port_name in PORTS.items():
                port = stack.settings.port(port_name)
                request: dict[str, Any] = {
                    "port": port,
                    "path": PATHS[name],
                    "headers": headers,
                    "connections": CONNECTIONS,
                }
                support.run(LOAD, **request, requests=WARM_UP)
                if name == "ours":
                    slowest_rpc(port, headers)
                found = support.run(LOAD, **request, requests=options.requests)
                results[name].append(found)
                tail = ""
                if name == "ours":
                    slowest = slowest_rpc(port, headers)
                    tails.append(found["p99_ms"] / slowest)
                    tail = f"  (slowest RPC p99 {slowest:.1f} ms)"
                print(
                    f"round {round_ + 1} {name:17} {found['requests_per_s']:6.0f} req/s"
                    f"  p50 {found['p50_ms']:6.1f}  p99 {found['p99_ms']:6.1f} ms{tail}",
                    flush=True,
                )
    rates = {name: [found["requests_per_s"] for found in rounds] for name, rounds in results.items()}
    ratios = {name: support.paired(rates["ours"], rates[name]) for name in PORTS if name != "ours"}
    ratios["p99_of_ours_to_slowest_rpc"] = statistics.median(tails)
    figures = {
        name: {key: round(statistics.median(found[key] for found in rounds), 1) for key in rounds[0]}
        for name, rounds in results.items()
    }
    support.finish("overview", ratios, REACH, figures)


if __name__ == "__main__":
    main()
