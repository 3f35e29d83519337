"""Drill 17 in its short form; the full one is ``python -m drills.enumeration --samples 2000``."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from deploy.local.names import ROOT
from deploy.local.settings import base
from drills.enumeration import area_under_curve


@pytest.mark.slow
def test_drill_17_no_form_tells_who_is_known() -> None:
    """Fewer samples, so a wider bound; a form that is above it is asked again with twice as many."""
    home = ROOT / ".local" / f"drill-enumeration-{os.getpid()}"
    options = ["--samples", "60", "--auc", "0.68", "--again", "2", "--home", str(home)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "drills.enumeration", *options],
            cwd=ROOT,
            env=base(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert done.stdout, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["ok"], said["faults"], done.returncode) == (True, [], 0)
    assert set(said["forms"]) == {"register", "sign_in", "recover", "link", "guest"}


def test_drill_17_the_area_tells_apart_what_differs_and_nothing_else() -> None:
    dice = random.Random(1)
    one, other = ([dice.gauss(10, 1) for _ in range(500)] for _ in range(2))
    assert area_under_curve(one, other) < 0.55
    assert area_under_curve(one, [value + 1 for value in other]) > 0.7
    assert area_under_curve([value + 1 for value in one], other) > 0.7
    assert area_under_curve([1.0, 2.0], [3.0, 4.0]) == 1.0
    assert area_under_curve([1.0, 1.0], [1.0, 1.0]) == 0.5
