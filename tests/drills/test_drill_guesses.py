"""Drill 16 in its short form; the full one is ``python -m drills.guesses --guesses 1000000``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drills.guesses import judge
from drills.guesses_attack import FORMS, bounds
from tests.support_code.databases import Databases


@pytest.mark.slow
def test_drill_16_guesses_from_many_addresses_are_bounded_by_code_and_person(
    databases: Databases, run_drill: Callable[..., dict[str, Any]]
) -> None:
    """Two victims of each form, and more guesses at each than any limit lets through."""
    url = databases.url(databases.make("guesses"))
    options = ["--guesses", "4800", "--addresses", "400", "--victims", "2", "--processes", "1"]
    said = run_drill("guesses", *options, "--database", url, timeout=300)
    for form in FORMS:
        assert said["forms"][form]["guesses"] == 800
    for form in ("registration", "recovery", "phone", "account", "second_factor"):
        # Near the limits, and not over: so few guesses come so slowly that a code may expire before its fifth.
        assert said["forms"][form]["most_compared"] == 100
        assert 50 <= said["forms"][form]["compared"] <= 100
        assert said["forms"][form]["refused"]


def test_drill_16_the_drill_notices_too_many_comparisons_and_successes() -> None:
    most = bounds(2, 400)

    def seen(**more: int) -> list[dict[str, Any]]:
        return [
            {
                form: {"tried": 9, "compared": most[form].compared, "right": 0, "refused": {}} | more
                for form in FORMS
            }
        ]

    assert judge(seen(), 2, 400)[0] == []
    for more in ({"compared": 10_000}, {"right": 3}, {"compared": 0}):
        assert len(judge(seen(**more), 2, 400)[0]) == len(FORMS)
