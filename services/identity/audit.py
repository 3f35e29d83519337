"""Checks the audit log: ``python -m services.identity.audit verify [--head POSITION:DIGEST ...]``.

DATABASE_URL names identity's database. Every entry's digest is computed again from its content and the digest before
it. Printed is the head, the last entry: noted elsewhere (a mail, paper) and given later with ``--head``, it shows
that nothing up to it was taken away or made anew, which a chain alone cannot. The exit status is 1 if anything
does not fit.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.database import Database, make_engine
from services.identity.domain.audit import BEGINNING, digest_of
from services.identity.store import audit


def faults_of(entries: Iterable[Mapping[str, Any]], heads: Mapping[int, str]) -> tuple[list[str], str]:
    """What does not fit, in words, and the head (``POSITION:DIGEST``). ``entries`` come in order; ``heads`` are
    digests by position that were noted before."""
    faults: list[str] = []
    position, digest = 0, BEGINNING
    missing = dict(heads)
    for entry in entries:
        if entry["position"] != position + 1:
            faults.append(f"entries {position + 1} to {entry['position'] - 1} are missing")
        if entry["previous"] != digest:
            faults.append(f"entry {entry['position']} does not follow the one before it")
        if entry["digest"] != digest_of(entry):
            faults.append(f"entry {entry['position']} was changed")
        position, digest = entry["position"], entry["digest"]
        if missing.pop(position, digest) != digest:
            faults.append(f"entry {position} is not the one that was noted")
    faults += [f"entry {noted} was noted and is missing" for noted in sorted(missing)]
    return faults, f"{position}:{digest}"


def verify(database: Database, heads: Mapping[int, str]) -> tuple[list[str], str]:
    """The same, of a database."""
    with database.snapshot() as tx:
        return faults_of(audit.every_entry(tx), heads)


def _head(text: str) -> tuple[int, str]:
    position, _, digest = text.partition(":")
    return int(position), digest


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m services.identity.audit", description=__doc__)
    parser.add_argument("command", choices=["verify"])
    parser.add_argument("--head", action="append", default=[], type=_head, metavar="POSITION:DIGEST")
    options = parser.parse_args(arguments)
    database = Database(make_engine(os.environ["DATABASE_URL"], 1))
    faults, head = verify(database, dict(options.head))
    for fault in faults:
        print(fault)
    print(f"head {head}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
