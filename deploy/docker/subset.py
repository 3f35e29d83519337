"""A part of a lock file: ``python subset.py requirements-dev.lock httpx uvicorn``.

Prints the packages named and all that they need, with their hashes, as a lock of its own. What needs what is
read from the "via" comments that pip-compile writes. Runs before anything is installed: standard library
only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^]]*])?==")
_VIA = re.compile(r"^ {4}#(?: via)? +([A-Za-z0-9][A-Za-z0-9._-]*)$")


def subset(lock: str, wanted: list[str]) -> str:
    """The text of the smaller lock. Raises ValueError for a name that is not in the lock."""
    blocks, needed_by = _read(lock)
    missing = sorted({normal(name) for name in wanted} - blocks.keys())
    if missing:
        raise ValueError(f"not in the lock: {', '.join(missing)}")
    taken = {normal(name) for name in wanted}
    while more := {name for name, by in needed_by.items() if name not in taken and by & taken}:
        taken |= more
    return "".join(block for name, block in blocks.items() if name in taken)


def names(lock: str) -> set[str]:
    """Every package of a lock."""
    return set(_read(lock)[0])


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read(lock: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Package -> its lines; package -> who needs it."""
    blocks: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        pin, via = _PIN.match(line), _VIA.match(line.rstrip())
        if pin:
            name = normal(pin[1])
            blocks[name], needed_by[name] = line, set()
        elif via and name:
            needed_by[name].add(normal(via[1]))
        elif name and line.startswith("    --hash="):
            blocks[name] += line
    return blocks, needed_by


def main(arguments: list[str]) -> int:
    """Command line."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        sys.stdout.write(subset(Path(arguments[0]).read_text(encoding="utf-8"), arguments[1:]))
    except ValueError as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
