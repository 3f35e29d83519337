"""How much processor time processes use."""

from __future__ import annotations

import os

from deploy.local.pid_file import stat_fields

TICK = 1 / os.sysconf("SC_CLK_TCK")


def below(*roots: int) -> list[int]:
    """These processes and all that descend from them."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat_fields(int(entry))) is not None:
            parents[int(entry)] = int(fields[1])
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def used(pids: list[int]) -> float:
    """Seconds, in all of their lives."""
    ticks = 0
    for pid in pids:
        fields = stat_fields(pid)
        if fields is not None:
            # With those of children that ended.
            ticks += sum(int(field) for field in fields[11:15])
    return ticks * TICK
