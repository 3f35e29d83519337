"""`make clean`: removes .local, and what lies elsewhere for it, unless something of it runs.

Standard library only: the environment goes, too.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from deploy.local import elsewhere, leftovers
from deploy.local.home_lock import HomeBusy, HomeLock
from deploy.local.names import ROOT


def in_use(folder: Path) -> list[str]:
    """What runs in a folder of homes, one line each."""
    found = []
    for home in sorted(path for path in folder.glob("*") if path.is_dir()):
        if (home / "lock").exists():
            try:
                lock = HomeLock(home)
                lock.acquire()
                lock.release()
            except HomeBusy as busy:
                found.append(str(busy))
                continue
        # Also what a supervisor that was killed has left behind.
        found += [f"process {pid} of {path}" for path, pid in leftovers.running(home).items()]
    return found


def main() -> int:
    """Remove it or say why not."""
    folder = ROOT / ".local"
    if lines := in_use(folder):
        print("not removed, this runs:", *lines, sep="\n  ")
        return 1
    elsewhere.remove_under(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
