"""Free loopback ports, remembered so that the second start has the same addresses as the first."""

from __future__ import annotations

import fcntl
import random
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.files import read_json, write_json

#: Below the range from which the kernel takes ports for outgoing connections (32768 and up on Linux): a port
#: of ours can't be lost to somebody's client connection between a stop and the next start.
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As servers do: connections that are only waiting out TIME_WAIT don't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def allocate(home: Path, names: Iterable[str]) -> dict[str, int]:
    """One free port for each name: the one remembered in `home` if it is still free, else a new one.

    Ports that a neighbouring home remembers are not handed out, so stacks that start at the same time, or one
    while another is down, don't take each other's.
    """
    remembered_in = home / "ports.json"
    with _neighbours_locked(home):
        remembered: dict[str, int] = read_json(remembered_in, {})
        taken = set(_remembered_by_neighbours(home))
        ports: dict[str, int] = {}
        for name in names:
            port = remembered.get(name)
            if port is None or port in taken or not is_free(port):
                port = _pick(taken | set(remembered.values()))
            ports[name] = port
            taken.add(port)
        if not ports.items() <= remembered.items():
            write_json(remembered_in, remembered | ports)
    return ports


def _pick(avoid: set[int]) -> int:
    for port in random.sample(RANGE, len(RANGE)):
        if port not in avoid and is_free(port):
            return port
    raise RuntimeError(f"no free loopback port between {RANGE.start} and {RANGE.stop}")


def _remembered_by_neighbours(home: Path) -> Iterator[int]:
    for path in home.parent.glob("*/ports.json"):
        if path.parent != home:
            yield from read_json(path, {}).values()


@contextmanager
def _neighbours_locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home.parent / ".ports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
