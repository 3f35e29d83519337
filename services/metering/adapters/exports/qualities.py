"""ESPI's numbers of quality in words (MT-9, MT-12)."""

from __future__ import annotations

from typing import Final

from contracts.wording import word

QUALITY: Final = {
    0: "good", 17: "good", 19: "good", 7: "edited", 8: "guessed", 9: "guessed", 11: "guessed", 12: "guessed",
    10: "doubtful", 18: "doubtful", 14: "raw",
}  # fmt: skip


def quality_word(language: str, mark: int) -> str:
    """The word for a quality; a number that is not known here stays a number."""
    return word(language, "quality", QUALITY[mark]) if mark in QUALITY else str(mark)
