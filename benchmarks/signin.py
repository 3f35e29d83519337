"""Others' requests while twenty people sign in. Run: ``python -m benchmarks.signin [--seconds S] [--rounds K]``.

The real gateway and the real identity over HTTP, real argon2. One client asks for its profile at a steady rate; what
it waits is measured idle, while twenty people sign in one after another without a pause, and the same against
identity with argon2 on its loop. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks import support
from chassis.database import Database, make_engine
from contracts.identifiers import new_id
from deploy.local.names import ROOT
from deploy.local.process import ManagedProcess
from deploy.local.programs import Program, python, system
from deploy.local.settings import GATEWAY, Settings
from deploy.local.stack import Stack
from services.identity.adapters import secrets
from services.identity.store import people

IDENTITY, BLOCKING = "identity", "benchmarks.peers.signin_blocking"
PASSWORD: Final = "Sunny-Weather-7"
PEOPLE: Final = 20
LOAD: Final = "benchmarks.peers.signin_load"
REACH: Final = {"idle": ["<=", 8.0], "argon2_on_the_loop": ["<=", 0.2]}
KINDS: Final = ("idle", "busy", "blocking")


def programs(settings: Settings) -> list[Program]:
    """Identity and the gateway, which counts the address that the client claims."""
    found = {program.name: program for program in system(settings)}
    gateway, identity = found[GATEWAY], found[IDENTITY]
    env = gateway.env | {"HTTP_PROXY_HOPS": "1"}
    return [identity, Program(GATEWAY, gateway.argv, env, gateway.health_url)]


def blocking(stack: Stack) -> ManagedProcess:
    """Identity again, with argon2 on its loop."""
    [ours] = [program for program in programs(stack.settings) if program.name == IDENTITY]
    argv = python(BLOCKING, *ours.argv[-1:])
    log = stack.home / "log" / "identity-blocking.log"
    return ManagedProcess("identity-blocking", argv, ours.env, log, ours.health_url, cwd=ROOT)


def add_people(stack: Stack, count: int) -> list[str]:
    """Registered people with one password; their addresses."""
    hashed = secrets._hasher.hash(PASSWORD)
    engine = make_engine(stack.nodes.database_url(IDENTITY), 1)
    logins = []
    with Database(engine).transaction() as tx:
        for _ in range(count):
            login = f"{new_id()}@bench.example"
            people.add_person(
                tx,
                new_id(),
                phone=None,
                email=login,
                password_hash=hashed,
                language="en",
                at=datetime.now(UTC),
            )
            logins.append(login)
    engine.dispose()
    return logins


def measure(stack: Stack, kind: str, logins: Sequence[str], seconds: float) -> dict[str, float]:
    """A round of one kind: what others waited, and how many signed in."""
    port = stack.settings.port("gateway.http")
    return support.run(
        LOAD,
        port=port,
        logins=list(logins),
        password=PASSWORD,
        people=0 if kind == "idle" else PEOPLE,
        seconds=seconds,
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of a measurement")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    results: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with Stack(support.HOME, system=programs) as stack:
        # A limit counts sign-ins of one name: nobody signs in often enough to meet it.
        logins = add_people(stack, 400)
        for round_ in range(options.rounds):
            for kind in KINDS:
                other = _swap(stack, kind)
                try:
                    found = measure(stack, kind, logins, options.seconds)
                finally:
                    _swap_back(stack, other)
                results[kind].append(found)
                print(
                    f"round {round_ + 1} {kind:9} p50 {found['p50_ms']:7.1f}  p99 {found['p99_ms']:7.1f} ms"
                    f"  {found['signed_in_per_s']:5.1f} sign-ins/s",
                    flush=True,
                )
    p99 = {kind: [found["p99_ms"] for found in rounds] for kind, rounds in results.items()}
    ratios = {
        "idle": support.paired(p99["busy"], p99["idle"]),
        "argon2_on_the_loop": support.paired(p99["busy"], p99["blocking"]),
    }
    figures: dict[str, Any] = {
        kind: {key: round(statistics.median(found[key] for found in rounds), 1) for key in rounds[0]}
        for kind, rounds in results.items()
    }
    support.finish("signin", ratios, REACH, figures)
    return 0


def _swap(stack: Stack, kind: str) -> ManagedProcess | None:
    if kind != "blocking":
        return None
    stack.processes[IDENTITY].stop()
    other = blocking(stack)
    other.start()
    other.wait_ready(60)
    return other


def _swap_back(stack: Stack, other: ManagedProcess | None) -> None:
    if other is None:
        return
    other.stop()
    stack.processes[IDENTITY].start()
    stack.processes[IDENTITY].wait_ready(60)


if __name__ == "__main__":
    sys.exit(main())
