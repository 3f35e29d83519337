"""Notes which process was started, so that others can tell whether it still runs."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessState:
    """A line of /proc."""

    state: str
    parent: int
    #: In clock ticks since boot; tells a process from a later one with the same number.
    started_at: str


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (proc(5), field 3); None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name is in brackets and may itself hold spaces and brackets.
    return stat.rpartition(")")[2].split()


def look_up(pid: int) -> ProcessState | None:
    """What /proc says of a process that has not ended; None for others, and on systems without /proc."""
    fields = stat_fields(pid)
    if fields is None:
        return None
    found = ProcessState(state=fields[0], parent=int(fields[1]), started_at=fields[19])
    return None if found.state in "ZX" else found


def working_in(folder: Path) -> list[int]:
    """The processes whose working folder this is."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is not ours to ask
                if entry.isdigit() and os.readlink(f"/proc/{entry}/cwd") == os.path.realpath(folder):
                    found.append(int(entry))
    return found


class PidFile:
    """A process's number and start time in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, pid: int) -> None:
        """Note a process that was just started."""
        process = look_up(pid)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(f"{pid} {process.started_at if process else '-'}")

    def running(self) -> int | None:
        """The noted process if it still runs."""
        try:
            pid, started_at = self.path.read_text().split()
        except (FileNotFoundError, ValueError):
            return None  # none was noted, or not by us (RabbitMQ writes a file of its own)
        process = look_up(int(pid)) if pid.isdigit() else None
        return int(pid) if process and process.started_at == started_at else None

    def remove(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)
