"""States and priorities of appeals, and the questions' files."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from contracts.transitions import ForbiddenTransitionError
from services.support.adapters.questions import faults_of, read_questions
from services.support.domain import states
from services.support.domain.priority import priority_of

ALL_EVENTS = states.APPEAL.triggers - {states.OPENED}


@pytest.mark.parametrize(
    ("state", "event"), itertools.product(sorted(states.APPEAL.states), sorted(ALL_EVENTS))
)
def test_sp_1_every_state_and_event(state: str, event: str) -> None:
    if state == "closed":
        with pytest.raises(ForbiddenTransitionError):
            states.APPEAL.move(state, event)
    else:
        expected = {"written": "waiting", "answered": "answered", "closed": "closed"}[event]
        assert states.APPEAL.move(state, event) == expected


def test_ly_7_the_best_level_counts() -> None:
    assert priority_of(["beginner", "ideal", "responsible"]) == 2
    assert priority_of(["responsible", "promising"]) == 1
    assert priority_of(["promising", "unheard-of"]) == priority_of([]) == 0


def test_sp_5_questions_are_complete() -> None:
    questions = read_questions()
    assert faults_of(questions) == [] and len(questions["uk"]) >= 5


def test_sp_5_faults_in_questions_are_named(tmp_path: Path) -> None:
    for language, answer in (("ru", "x"), ("uk", "x"), ("en", " ")):
        name = "b" if language == "uk" else "a"
        (tmp_path / f"questions_{language}.toml").write_text(
            f'[[questions]]\nid = "{name}"\nquestion = "?"\nanswer = "{answer}"\n'
        )
    assert faults_of(read_questions(tmp_path)) == ["uk differs from ru", "en a is empty"]
