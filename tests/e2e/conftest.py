"""The whole system, as `make run` starts it, for tests from the outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local import elsewhere, migrated
from deploy.local.names import ROOT
from deploy.local.settings import NO_RATE_LIMITS
from deploy.local.stack import Stack
from tests.e2e.checked import CheckedBrowser

HOME = ROOT / ".local" / "e2e"


@pytest.fixture(scope="session")
def system() -> Iterator[Stack]:
    """Broker, database, sandbox, all services and the gateway, with the demo's staff in."""
    try:
        migrated.needed(HOME)
    except migrated.OutdatedData:
        elsewhere.remove_under(HOME)
        shutil.rmtree(HOME)
    with pytest.MonkeyPatch.context() as patch:
        # Of this system alone: other tests hold the variables of its processes against those of the containers.
        for name, value in NO_RATE_LIMITS.items():
            patch.setenv(name, value)
        yield from _running()


def _running() -> Iterator[Stack]:
    with Stack(HOME) as stack:
        noted = HOME / "demo.json"
        if not noted.exists():
            load = (
                "import demo.load, pathlib, sys; gateway, database, noted = sys.argv[1:]; "
                "demo.load.add_staff(database); "
                "demo.load.note_people(demo.load.enrol_staff(gateway, database), pathlib.Path(noted))"
            )
            found = [stack.endpoints["gateway"]["url"], stack.nodes.database_url("identity"), str(noted)]
            subprocess.run([sys.executable, "-c", load, *found], check=True, cwd=ROOT, env={**os.environ})
        yield stack


@pytest.fixture(scope="session")
def openapi(system: Stack) -> dict[str, object]:
    """The interface's own description, as the gateway serves it."""
    browser = CheckedBrowser(system.endpoints["gateway"]["url"], None)
    document: dict[str, object] = json.loads(browser.raw("GET", "/openapi.json").content)
    return document
