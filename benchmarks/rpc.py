"""A round trip by RPC: 200 B there, 1 KB back. Run: ``python -m benchmarks.rpc [--calls N] [--rounds K]``.

Every contestant has a server and a client process on one broker; the rounds go in turn, and what counts is the
median of the ratios of a round. The one in C needs a compiler and librabbitmq-dev, and is left out without them.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import statistics
from contextlib import ExitStack
from typing import Any, Final

from benchmarks import support
from benchmarks.peers import rpc_c
from chassis import topology
from deploy.local.broker_definitions import TOPOLOGY

CONTESTANTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "ours": ("benchmarks.peers.rpc_ours", {}),
    "ours_validated": ("benchmarks.peers.rpc_ours", {"validated": True}),
    "stock": ("benchmarks.peers.rpc_stock", {}),
    "aio_pika": ("benchmarks.peers.rpc_aio_pika", {"confirms": True}),
    "aio_pika_no_confirms": ("benchmarks.peers.rpc_aio_pika", {"confirms": False}),
    "bare_py_amqp": ("benchmarks.peers.rpc_bare", {}),
    "c": ("benchmarks.peers.rpc_c", {}),
}
REACH: Final = {"stock": [">=", 3.0], "aio_pika": [">=", 1.7], "c": [">=", 0.4]}
IN_FLIGHT: Final = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=5_000, help="calls of a round, at 50 in flight")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    options = parser.parse_args()
    lacking = rpc_c.missing() if "c" in options.only else ""
    if lacking:
        print(f"c: left out, there is no {lacking}", flush=True)
        options.only.remove("c")
    elif "c" in options.only:
        rpc_c.build()
    rates: dict[str, list[float]] = {name: [] for name in options.only}
    delays: dict[str, list[float]] = {name: [] for name in options.only}
    with support.nodes() as stack, ExitStack() as servers:
        # Everybody under one user, who may declare: what stock clients need, no process of ours may.
        url = stack.nodes.amqp_url(TOPOLOGY)
        topology.declare_all(url)
        for name in options.only:
            module, own = CONTESTANTS[name]
            server = support.Child(module, role="serve", url=url, workers=IN_FLIGHT, **own)
            servers.enter_context(server).report()
        for round_ in range(options.rounds):
            for name in options.only:
                module, own = CONTESTANTS[name]
                found = support.run(
                    module,
                    role="call",
                    url=url,
                    sequential=max(options.calls // 10, 1),
                    calls=options.calls,
                    in_flight=IN_FLIGHT,
                    **own,
                )
                rates[name].append(found["calls_per_s"])
                delays[name].append(found["p50_ms"])
                print(
                    f"round {round_ + 1} {name:20}"
                    f" p50 {found['p50_ms']:6.2f} ms  {found['calls_per_s']:7.0f} calls/s",
                    flush=True,
                )
    ratios = {
        name: support.paired(rates["ours"], rates[name])
        for name in options.only
        if name != "ours" and "ours" in options.only
    }
    figures = {
        name: {
            "p50_ms": round(statistics.median(delays[name]), 3),
            "calls_per_s": round(statistics.median(rates[name])),
        }
        for name in options.only
    }
    reach = {name: bound for name, bound in REACH.items() if name in ratios}
    support.finish("rpc", ratios, reach, figures)


if __name__ == "__main__":
    main()
