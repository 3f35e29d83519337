"""Whether a home's broker has today's queues, and the demo's head end: a start that finds them saves seconds.

The rights of processes name their queues, so that they change whenever the queues do.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from deploy.local.broker_definitions import RIGHTS
from deploy.local.files import read_json, write_json
from deploy.local.names import ROOT

_SHAPES = ("chassis/broker.py", "chassis/topology.py", "services/metering/adapters/ami.py")


def needed(home: Path) -> bool:
    """Is there anything to declare?"""
    return bool(read_json(_noted(home), {}) != _today())


def note(home: Path) -> None:
    """All of it is there."""
    write_json(_noted(home), _today())


def _today() -> dict[str, str]:
    paths = [RIGHTS, *(ROOT / name for name in _SHAPES)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _noted(home: Path) -> Path:
    return home / "declared.json"
