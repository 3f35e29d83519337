"""Migrations: again is nothing, two at once are one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local.names import ROOT
from tests.support_code import databases
from tests.support_code.databases import Databases


@pytest.fixture
def empty(databases: Databases) -> Iterator[str]:
    name = databases.make("migrate")
    yield databases.url(name)
    databases.drop(name)


def _start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "chassis.migrate", *arguments],
        env={"PATH": os.environ["PATH"]} | variables,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    return out


def test_two_at_once_migrate_once_and_a_third_changes_nothing(empty: str) -> None:
    both = [_start("identity", DATABASE_URL=empty) for _ in range(2)]
    for process in both:
        assert _end(process).startswith("identity: ")
    found = databases.rows(empty, "select version_num from alembic_version")
    assert len(found) == 1
    assert _end(_start("identity", DATABASE_URL=empty)) == f"identity: {found[0][0]}\n"
    assert databases.value(empty, "select count(*) from person") == 0
    assert databases.value(empty, "select count(*) from outbox") == 0


def test_all_takes_several_databases_and_skips_what_is_no_service(empty: str) -> None:
    done = _end(
        _start("--all", MIGRATE_URLS=json.dumps({"identity": empty, "gateway": "postgresql://nowhere"}))
    )
    assert done.startswith("identity: migrated to ")
    assert len(done.splitlines()) == 1


def test_wrong_usage_is_told() -> None:
    process = _start()
    _, err = process.communicate(timeout=180)
    assert process.returncode == 2
    assert "python -m chassis.migrate" in err
