"""Data that cannot lie in the project's folder: as root in a folder that only root can enter, and without user
namespaces, PostgreSQL's own user can't reach it there.

Then it lies in a folder in that user's home, one for each home of nodes, which keeps a link to it: it is found again
from there, and `make clean` removes it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from pwd import struct_passwd

FOLDER = "cabinet-nodes"


def make(home: Path, account: struct_passwd) -> Path:
    """The folder for the data of this home, which the account owns and nobody else can enter."""
    place = Path(account.pw_dir) / FOLDER / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    for folder in (place.parent, place):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(folder, account.pw_uid, account.pw_gid)
    return place


def of(data: Path) -> Path | None:
    """The folder that a data folder is in, if it is elsewhere."""
    return data.readlink().parent if data.is_symlink() else None


def remove_under(folder: Path) -> None:
    """Whatever homes in this folder keep elsewhere."""
    for data in folder.glob("**/postgres/data"):
        place = of(data)
        if place is not None and place.parent.name == FOLDER:
            shutil.rmtree(place, ignore_errors=True)
            data.unlink()
