"""Starts children that die with this process, however it ends."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO

# The kernel sends the death signal when the *thread* that forked ends, not the process: children started by a
# short-lived worker thread would be killed at once. So one thread, as old as the process, forks them all.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes],
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own; it gets `death_signal` if this process goes away."""

    def start() -> subprocess.Popen[bytes]:
        # No `preexec_fn`: with one, Python code runs in the child before the program does, fork hooks of libraries
        # among it. One that starts a thread (OpenTelemetry's does) turns, where threads are green, the child into a
        # second self of this process, which goes on with whatever was under way here: stopping, killing.
        return subprocess.Popen(
            [*_dying_with_parent(death_signal), *argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    return _spawner.submit(start).result()


def _dying_with_parent(death_signal: signal.Signals) -> list[str]:
    """What to put in front of a command. A child whose parent is gone before this is carried out lives on, until
    the next start of its home ends it (`leftovers`)."""
    setpriv = _setpriv()
    return [setpriv, f"--pdeathsig={death_signal.name.removeprefix('SIG')}", "--"] if setpriv else []


@cache
def _setpriv() -> str | None:
    """Part of util-linux, so on every Debian; elsewhere children outlive a parent that was killed."""
    return shutil.which("setpriv")
