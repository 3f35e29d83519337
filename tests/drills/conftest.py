"""Drills run as a person runs them: by their command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.names import ROOT
from deploy.local.settings import base


@pytest.fixture
def run_drill() -> Callable[..., dict[str, Any]]:
    """``run_drill("ami", "--readings", "20000")``: what the last line says, once all of it held."""

    def run(name: str, *options: str, timeout: float = 600) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", f"drills.{name}", *options],
            cwd=ROOT,
            env=base(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.stdout, done.stderr[-3000:]
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert (said["ok"], said["faults"], done.returncode) == (True, [], 0)
        return said

    return run


@pytest.fixture
def drill_home() -> Iterator[Path]:
    """A home of the drill's own, removed afterwards."""
    home = ROOT / ".local" / f"drill-{os.getpid()}"
    yield home
    shutil.rmtree(home, ignore_errors=True)
