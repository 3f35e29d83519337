"""What a supervisor that was killed has left behind."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from deploy.local.pid_file import PidFile
from deploy.local.polling import poll


def running(home: Path) -> dict[Path, int]:
    """Noted processes of a home that still run, by the file that notes them."""
    return {path: pid for path in sorted(home.glob("*/*.pid")) if (pid := PidFile(path).running())}


def end(home: Path, grace: float = 30) -> None:
    """Wait for the processes of a home to end, then kill them; to be called by who has just taken the home.

    They got their signal when their supervisor died, and may need a moment to follow. Only then are their ports
    free and their files at rest.
    """
    if poll(lambda: not running(home), grace):
        return
    for pid in running(home).values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    poll(lambda: not running(home), grace)
