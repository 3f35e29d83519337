"""What the benchmarks share: nodes, child processes, paired ratios, the JSON line.

Every contestant's client and server is a process of its own. A child gets its arguments as one JSON object,
says what it found by ``report``, and waits, where its start is timed, for ``wait_until_told``.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local import settings
from deploy.local.names import ROOT
from deploy.local.process import ManagedProcess
from deploy.local.stack import Stack

# The chassis stands on eventlet (docs/adr/0002), which says so at every import.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

HOME = ROOT / ".local" / "bench"
WORK = HOME / "work"
_REPORTS, _GO = "BENCHMARK_REPORTS", "BENCHMARK_GO"
POLL_EVERY = 0.01

Reach = Mapping[str, Sequence[Any]]


@contextmanager
def nodes() -> Iterator[Stack]:
    """A broker and a database that nobody else uses."""
    with Stack(HOME, nodes_only=True) as stack:
        yield stack


# --- in the parent --------------------------------------------------------------------------------------------------


class Child:
    """``python -m <module> <arguments as JSON>``, ended with the block that holds it, or with its parent."""

    _made = 0

    def __init__(self, module: str, env: Mapping[str, str] | None = None, **arguments: Any) -> None:
        Child._made += 1
        self.name = f"{module.rsplit('.', 1)[-1]}-{arguments.get('role', 'run')}"
        WORK.mkdir(parents=True, exist_ok=True)
        self._reports = WORK / f"{os.getpid()}-{Child._made}.reports"
        self._go = WORK / f"{os.getpid()}-{Child._made}.go"
        self._heard = 0
        self._process = ManagedProcess(
            self.name,
            [sys.executable, "-m", module, json.dumps(arguments)],
            settings.base() | dict(env or {}) | {_REPORTS: str(self._reports), _GO: str(self._go)},
            HOME / "log" / f"{self.name}.log",
        )

    def __enter__(self) -> Self:
        self._reports.touch()
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop(5)
        self._reports.unlink(missing_ok=True)
        self._go.unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def report(self, timeout: float = 300) -> dict[str, Any]:
        """Wait for the next thing it has to say."""
        deadline = time.monotonic() + timeout
        while True:
            lines = self._reports.read_text().split("\n")[:-1]
            if len(lines) > self._heard:
                self._heard += 1
                found: dict[str, Any] = json.loads(lines[self._heard - 1])
                return found
            if not self._process.alive or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} said nothing\n{self._process.tail()}")
            time.sleep(POLL_EVERY)

    def memory_mb(self, which: str = "VmHWM") -> float:
        """The most memory it ever held, or (VmRSS) what it holds now. getrusage would count its parent's, too."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"{self.name} is gone")

    def tell(self) -> None:
        """Let it go on from ``wait_until_told``."""
        self._go.touch()


def run(module: str, env: Mapping[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    """Start a child, wait for its one report, end it."""
    with Child(module, env, **arguments) as child:
        return child.report()


# --- in a child -----------------------------------------------------------------------------------------------------


def arguments() -> dict[str, Any]:
    """What the parent gave."""
    found: dict[str, Any] = json.loads(sys.argv[1])
    return found


def report(**found: Any) -> None:
    """Say something to the parent."""
    with Path(os.environ[_REPORTS]).open("a") as reports:
        reports.write(json.dumps(found) + "\n")


def wait_until_told() -> None:
    """Wait for the parent's ``tell``."""
    go = Path(os.environ[_GO])
    while not go.exists():
        time.sleep(0.002)


# --- figures --------------------------------------------------------------------------------------------------------


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round: what slows a whole round down cancels out."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def reached(ratios: Mapping[str, float], reach: Reach) -> dict[str, bool]:
    """Which bounds hold."""
    return {
        name: ratios[name] >= bound if sign == ">=" else ratios[name] <= bound
        for name, (sign, bound) in reach.items()
    }


def finish(benchmark: str, ratios: Mapping[str, float], reach: Reach, figures: Any) -> None:
    """The last line: one JSON object."""
    rounded = {name: round(value, 3) for name, value in ratios.items()}
    print(json.dumps({"benchmark": benchmark, "ratios": rounded, "reach": reach, "figures": figures}))
