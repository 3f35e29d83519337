"""Reads questions and answers: one TOML file a language (SP-5)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypedDict

from contracts.wording import LANGUAGES

FOLDER = Path(__file__).resolve().parent.parent / "content"


class Question(TypedDict):
    """``id`` is the same in every language."""

    id: str
    question: str
    answer: str


def read_questions(folder: Path = FOLDER) -> dict[str, list[Question]]:
    """By language. Raises OSError or TOMLDecodeError."""
    return {
        language: tomllib.loads((folder / f"questions_{language}.toml").read_text(encoding="utf-8"))[
            "questions"
        ]
        for language in LANGUAGES
    }


def faults_of(questions: dict[str, list[Question]]) -> list[str]:
    """Languages that do not have the same questions in the same order, and empty ones."""
    model = [entry["id"] for entry in questions[LANGUAGES[0]]]
    return [
        f"{language} differs from {LANGUAGES[0]}"
        for language in LANGUAGES
        if [entry["id"] for entry in questions[language]] != model
    ] + [
        f"{language} {entry['id']} is empty"
        for language in LANGUAGES
        for entry in questions[language]
        if not (entry["question"].strip() and entry["answer"].strip())
    ]
