"""Homes for private nodes, and waiting."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import elsewhere
from deploy.local.process import ManagedProcess
from deploy.local.settings import base


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for homes, removed afterwards: a database takes some 50 MB."""
    folder = tmp_path_factory.mktemp("homes")
    yield folder
    elsewhere.remove_under(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., ManagedProcess]]:
    """Makes processes that run a piece of Python or a script; they are gone after the test."""
    made: list[ManagedProcess] = []

    def make(code: str | Path, *arguments: str, health_url: str | None = None) -> ManagedProcess:
        program = [str(code)] if isinstance(code, Path) else ["-c", code]
        command = [sys.executable, "-S", "-E", *program, *arguments]
        log, pid_file = tmp_path / "it.log", tmp_path / "it.pid"
        made.append(ManagedProcess("it", command, base(), log, health_url, pid_file=pid_file))
        return made[-1]

    yield make
    for one in made:
        one.kill()
