"""One supervisor for one home."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


class HomeBusy(RuntimeError):
    """Another process runs the nodes of this home."""

    def __init__(self, home: Path, pid: str) -> None:
        """`pid` as the holder noted it."""
        super().__init__(f"{home} is in use by process {pid or '?'}")
        self.pid = pid


class HomeLock:
    """Held from the start to the stop; the kernel lets go of it however the holder ends."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take it or raise `HomeBusy`."""
        if self._file is not None:
            return
        self._home.mkdir(parents=True, exist_ok=True)
        file = (self._home / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip()
            file.close()
            raise HomeBusy(self._home, pid) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()
            self._file = None
