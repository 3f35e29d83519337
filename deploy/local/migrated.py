"""Which migrations a home's databases have had: a start that finds nothing new in them saves the second that looking
takes, and data of a migration that was rewritten since (nothing is released yet) is not taken for today's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from deploy.local.files import read_json, write_json
from deploy.local.names import ROOT

#: What migrations call is part of them, and who owns what they make.
_SHARED = (
    "authorisation/tables.py",
    "chassis/tables.py",
    "chassis/journals.py",
    "chassis/migrate.py",
    "deploy/local/databases.py",
)


class OutdatedData(RuntimeError):
    """The data in a home was made by migrations that are not today's."""


def digests() -> dict[str, str]:
    """Of today's migrations, by path."""
    paths = [ROOT / name for name in _SHARED]
    paths += sorted(ROOT.glob("services/*/migrations/versions/*.py"))
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def needed(home: Path) -> bool:
    """Is there anything to migrate? Raises OutdatedData."""
    had = read_json(_noted(home), {})
    if not had:
        if (home / "postgres" / "data").exists() and (home / "log" / "migrations.log").exists():
            raise _outdated(home)
        return True
    today = digests()
    if any(today.get(path) != digest for path, digest in had.items()):
        raise _outdated(home)
    return bool(today != had)


def note(home: Path) -> None:
    """All of today's ran."""
    write_json(_noted(home), digests())


def _noted(home: Path) -> Path:
    return home / "migrated.json"


def _outdated(home: Path) -> OutdatedData:
    return OutdatedData(
        f"The data in {home} is that of an earlier state of the project, whose tables were others. "
        "Nothing is released yet, so there is no way from one to the other: `make clean` removes it."
    )
