"""Runs the benchmarks one after another: ``python -m benchmarks.run [--strict] [--full] [--only NAME ...]``.

Prints their JSON lines at the end, each with what it was to reach. A missed reach fails only with ``--strict``:
on a machine that does other things as well, a miss may be nobody's fault.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import support
from deploy.local.names import ROOT

BENCHMARKS: Final = (
    "rpc",
    "overview",
    "signin",
    "ingest",
    "documents",
    "bill_run",
    "review",
    "vee",
    "metering_views",
)

# 1.5 million accounts take minutes to fill and to run; the small size shows the same parts.
FULL: Final = {
    "bill_run": ("--accounts", "1500000"),
    "review": ("--accounts", "1500000"),
    "metering_views": ("--meters", "1500000"),
}


def run(name: str, arguments: Sequence[str]) -> dict[str, Any] | None:
    """The result of one benchmark; None if it crashed."""
    print(f"--- {name}", flush=True)
    argv = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    last = ""
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if last:
                print(last, flush=True)
            last = line.rstrip("\n")
    try:
        found = json.loads(last) if child.returncode == 0 else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else None


def main() -> int:
    """All of them. The exit status is 1 if one crashed, or, with ``--strict``, missed its reach."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--strict", action="store_true", help="a missed reach fails")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--full", action="store_true", help="mass work at its full size")
    options = parser.parse_args()
    results = {name: run(name, FULL.get(name, ()) if options.full else ()) for name in options.only}
    print("---")
    crashed = missed = False
    for name, found in results.items():
        if found is None:
            crashed = True
            print(f"{name}: crashed")
            continue
        print(json.dumps(found))
        for ratio, holds in support.reached(found["ratios"], found["reach"]).items():
            sign, bound = found["reach"][ratio]
            missed = missed or not holds
            print(f"  {ratio}: {found['ratios'][ratio]} {sign} {bound}: {'yes' if holds else 'no'}")
    return int(crashed or (missed and options.strict))


if __name__ == "__main__":
    sys.exit(main())
