"""How much processor time processes use."""

from __future__ import annotations

import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def below(*roots: int) -> list[int]:
    """These processes and all that descend from them."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _fields(int(entry))) is not None:
            parents[int(entry)] = int(fields[1])
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def used(pids: list[int]) -> float:
    """Seconds, in all of their lives."""
    ticks = 0
    for pid in pids:
        fields = _fields(pid)
        if fields is not None:
            # With those of children that ended.
            ticks += sum(int(field) for field in fields[11:15])
    return ticks * TICK


def _fields(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
