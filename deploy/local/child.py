"""A child whose number stays its own until it is let go of."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from pathlib import Path

from deploy.local.polling import poll


class Child:
    """A process that was spawned as the leader of a group of its own.

    Once a child is reaped the kernel may give its number to anybody, and signals by number then hit a stranger. So
    its end is only looked at, which leaves it as a zombie that holds the number; `end_group` alone reaps it.
    """

    def __init__(self, started: subprocess.Popen[bytes]) -> None:
        """`started` is used by nobody else: its own `poll`, `wait` and `send_signal` reap."""
        self.pid = started.pid
        self._started = started
        self._reaping = threading.Lock()
        self._ended_for_memory_before = ended_for_memory()

    @property
    def status(self) -> int | None:
        """As `subprocess` has it: the exit status, -N after signal N, None while it runs (or is paused)."""
        with self._reaping:
            if self._started.returncode is not None:
                return self._started.returncode
            try:
                found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                # Somebody in this process waited for whatever child ends: it is over, and how is lost.
                return self._started.poll()
            if found is None:
                return None
            return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens if it has ended."""
        with self._reaping:
            if self._started.returncode is None:
                os.kill(self.pid, number)

    def end_group(self) -> None:
        """SIGKILL it and its group, which outlives its leader, and reap it. Later calls do nothing."""
        with self._reaping:
            if self._started.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
        poll(lambda: self.status is not None, 60)
        with self._reaping:
            self._started.wait()

    def told(self) -> str:
        """How it ended, for people; what only the kernel knows included."""
        status = self.status
        others = ended_for_memory() - self._ended_for_memory_before
        if status == -signal.SIGKILL and others > 0:
            return f"{status} (since its start the kernel has killed {others} processes for want of memory)"
        return str(status)


def ended_for_memory() -> int:
    """Processes that the kernel has killed since boot for want of memory; 0 where it does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
