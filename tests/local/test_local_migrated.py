"""Data of another state of the project is recognised, and migrations that ran are not looked for again."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import migrated
from deploy.local.files import write_json


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With data in it."""
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "migrations.log").touch()
    return tmp_path


def test_a_fresh_home_is_migrated_once(tmp_path: Path) -> None:
    assert migrated.needed(tmp_path)
    migrated.note(tmp_path)
    assert not migrated.needed(tmp_path)


def test_a_migration_that_is_new_is_run(home: Path) -> None:
    known = migrated.digests()
    known.pop("services/billing/migrations/versions/0001_billing.py", None) or known.popitem()
    write_json(home / "migrated.json", known)
    assert migrated.needed(home)


def test_data_of_a_migration_that_was_rewritten_is_told_apart(home: Path) -> None:
    changed = dict.fromkeys(migrated.digests(), "of another text")
    write_json(home / "migrated.json", changed)
    with pytest.raises(migrated.OutdatedData, match="make clean"):
        migrated.needed(home)


def test_data_from_before_migrations_were_noted_is_too(home: Path) -> None:
    with pytest.raises(migrated.OutdatedData, match="make clean"):
        migrated.needed(home)
