"""Drill 17 in its short form; the full one is ``python -m drills.enumeration --samples 2000``."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drills.enumeration import area_under_curve


@pytest.mark.slow
def test_drill_17_no_form_tells_who_is_known(
    run_drill: Callable[..., dict[str, Any]], drill_home: Path
) -> None:
    """Fewer samples, so a wider bound; a form that is above it is asked again with twice as many."""
    options = ["--samples", "60", "--auc", "0.68", "--again", "2", "--home", str(drill_home)]
    said = run_drill("enumeration", *options)
    assert set(said["forms"]) == {"register", "sign_in", "recover", "link", "guest"}


def test_drill_17_the_area_tells_apart_what_differs_and_nothing_else() -> None:
    dice = random.Random(1)
    one, other = ([dice.gauss(10, 1) for _ in range(500)] for _ in range(2))
    assert area_under_curve(one, other) < 0.55
    assert area_under_curve(one, [value + 1 for value in other]) > 0.7
    assert area_under_curve([value + 1 for value in one], other) > 0.7
    assert area_under_curve([1.0, 2.0], [3.0, 4.0]) == 1.0
    assert area_under_curve([1.0, 1.0], [1.0, 1.0]) == 0.5
