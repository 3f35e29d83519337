"""PostgreSQL refuses to run as root. These are the ways to run it all the same when we are root.

Not root: run it as it is. Root: the first of these that works is taken.

1. A user namespace that shows root as another user. The files stay root's, so the folder may be one that only
   root can enter.
2. The system user `postgres`, to whom the data folder is given, if that user can reach it.
3. The same user, with the data in a folder of its own home (see `elsewhere`).
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import elsewhere

#: Existing, unprivileged accounts: initdb looks its own user up by number.
_ACCOUNTS = ("postgres", "nobody")


class NoWayToRun(RuntimeError):
    """Running as root and no way works here."""


@dataclass(frozen=True)
class RunAs:
    """What to put in front of a command, who has to own the data folder, and where that must be if not at home."""

    name: str
    prefix: tuple[str, ...]
    owner: tuple[int, int] | None
    place: Path | None = None

    def give(self, folder: Path) -> None:
        """Give the folder and all in it to the owner. Also back again, after a start by the other way."""
        if self.owner is None:
            return
        state = folder.stat()
        if (state.st_uid, state.st_gid) == self.owner:
            return
        for path in [*folder.rglob("*"), folder]:
            os.chown(path, *self.owner, follow_symlinks=False)


def choose(folder: Path) -> RunAs:
    """The way to run PostgreSQL with its data in `folder` (which exists)."""
    if os.geteuid() != 0:
        return RunAs("itself", (), None)
    namespace, account = user_namespace(), system_user()
    for way in filter(None, (namespace, account)):
        if _works(way, folder):
            return way
    if account is not None:
        away = elsewhere_as(account, folder)
        if away.place is not None and _works(away, away.place):
            return away
    raise NoWayToRun(
        "PostgreSQL does not run as root. Tried: a user namespace (unshare --user), which this system does "
        "not allow, and the system user postgres, who is not there, or whose own home can't be used. "
        "Run this as an ordinary user."
    )


def elsewhere_as(way: RunAs, home: Path) -> RunAs:
    """The same user, with the data in its own home."""
    account = _account("postgres")
    return replace(way, place=elsewhere.make(home, account)) if account is not None else way


def user_namespace() -> RunAs | None:
    """Root seen as another user."""
    account = _account(*_ACCOUNTS)
    if account is None:
        return None
    mapped = (f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    # The death signal is set again inside: some kernels clear it when credentials change.
    return RunAs("user namespace", ("unshare", "--user", *mapped, *_DIE_WITH_PARENT), (0, 0))


def system_user() -> RunAs | None:
    """The account that PostgreSQL's package made."""
    account = _account("postgres")
    if account is None:
        return None
    change = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--init-groups")
    return RunAs("system user", (*change, *_DIE_WITH_PARENT[1:]), (account.pw_uid, account.pw_gid))


_DIE_WITH_PARENT = ("setpriv", "--pdeathsig=INT")


def _account(*names: str) -> pwd.struct_passwd | None:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _works(way: RunAs, folder: Path) -> bool:
    """Try it: the command runs as somebody else who can enter the folder as its owner."""
    probe = folder / ".probe"
    probe.mkdir(exist_ok=True)
    try:
        way.give(probe)
        script = 'test "$(id -u)" != 0 && test -O "$1" && touch "$1/file" && rm "$1/file"'
        command = [*way.prefix, "sh", "-c", script, "sh", str(probe)]
        return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0
    except FileNotFoundError:  # no unshare or setpriv on this system
        return False
    finally:
        probe.rmdir()
