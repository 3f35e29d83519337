"""Support's own configuration: questions and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.configuration import ConfigurationError
from services.support.adapters.questions import Question, faults_of, read_questions


@dataclass(frozen=True)
class SupportTools:
    """What support's views need: questions by language."""

    questions: dict[str, list[Question]]


def support_tools(config: dict[str, Any]) -> SupportTools:
    """From the content files; faults are reported together."""
    questions = read_questions()
    faults = faults_of(questions)
    if faults:
        raise ConfigurationError("questions: " + "; ".join(faults))
    return SupportTools(questions)
