"""While nothing happens, nothing works; and the system comes and goes quickly."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.names import ROOT
from deploy.local.stack import Stack
from tests.support_code import work
from tests.support_code.waiting import eventually

BARE = ROOT / ".local" / "bare"
MEASURED = 60.0
#: After a start: what it left to do, and the first turns of all jobs.
SETTLED = 45.0
#: Of a core, above a broker and a database that nobody uses.
MOST = 0.03
#: Of a core, what those two take by themselves where MOST was measured: a slower machine, or one whose host is busy,
#: takes as much more for everything.
BARE_TAKES = 0.01
#: Seconds, to be ready again and to be gone.
WITHIN = 10.0


@pytest.fixture
def bare() -> Iterator[Stack]:
    """The same broker and database, without anybody."""
    with Stack(BARE, nodes_only=True) as stack:
        yield stack
    shutil.rmtree(BARE, ignore_errors=True)


def _nodes(stack: Stack) -> list[int]:
    return work.below(stack.broker.process.pid, stack.broker.epmd.pid, stack.database.process.pid)


def test_an_idle_system_hardly_works(system: Stack, bare: Stack) -> None:
    time.sleep(SETTLED)
    measured = {
        "ours": work.below(*(process.pid for process in system.processes.values())),
        "nodes": _nodes(system),
        "bare": _nodes(bare),
    }
    before = {name: work.used(pids) for name, pids in measured.items()}
    began = time.monotonic()
    time.sleep(MEASURED)
    took = time.monotonic() - began
    share = {name: (work.used(pids) - before[name]) / took for name, pids in measured.items()}
    print({name: round(value, 4) for name, value in share.items()})
    slower = max(1.0, share["bare"] / BARE_TAKES)
    assert share["ours"] + max(0.0, share["nodes"] - share["bare"]) < MOST * slower, share


def test_a_restart_of_the_whole_takes_seconds(tmp_path: Path) -> None:
    """As `make run` and Ctrl-C do it, the second time. Ports and data of the first start are found again."""
    _comes_up_and_goes(tmp_path)
    ready, stopped = _comes_up_and_goes(tmp_path)
    print({"ready": round(ready, 1), "stopped": round(stopped, 1)})
    assert ready < WITHIN and stopped < WITHIN


def _comes_up_and_goes(home: Path) -> tuple[float, float]:
    """The seconds that it took to be ready, and to stop."""
    published = home / "endpoints.json"
    command = [sys.executable, "-m", "deploy.local.run", "--no-demo", "--home", str(home / "run")]
    began = time.monotonic()
    with subprocess.Popen([*command, "--endpoints", str(published)], cwd=ROOT) as running:
        try:
            eventually(published.exists, 120)
            ready = time.monotonic() - began
        finally:
            began = time.monotonic()
            running.send_signal(signal.SIGINT)
            running.wait(60)
    return ready, time.monotonic() - began
