"""Reads the templates: one TOML file a language. Names of values come from the catalogue."""

from __future__ import annotations

import tomllib
from pathlib import Path

from contracts.wording import LANGUAGES, words
from services.notifications.domain.texts import Phrasebook, Template

FOLDER = Path(__file__).resolve().parent.parent / "templates"


def read_phrasebooks(
    provider_names: dict[str, dict[str, str]], folder: Path = FOLDER
) -> dict[str, Phrasebook]:
    """By language. ``provider_names``: provider -> language -> name. Raises OSError or TOMLDecodeError."""
    books = {}
    for language in LANGUAGES:
        raw = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        names = {
            provider: name.get(language) or next(iter(name.values()))
            for provider, name in provider_names.items()
        }
        templates = {kind: Template(**template) for kind, template in raw["kinds"].items()}
        books[language] = Phrasebook(
            language, templates, {**words(language, "values"), **raw["words"], "provider": names}
        )
    return books
