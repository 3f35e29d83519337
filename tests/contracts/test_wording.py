"""The catalogue of words has everything in every language (GW-6, NT-3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from contracts.errors import CATALOGUE
from contracts.rpc import words as enumerations
from contracts.wording import DEFAULT, LANGUAGES, TOPICS, problem_title, word, words

#: Tables of ``values``, and the enumeration whose members each of them names.
NAMED = {
    "resource": "Resource",
    "zone": "Zone",
    "unit": "Unit",
    "direction": "Direction",
    "source": "ReadingSource",
    "level": "Level",
    "component": "ChargeComponent",
    "charge_kind": "ChargeKind",
    "criterion": "Criterion",
}


def _leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _members(name: str) -> set[str]:
    alias = getattr(enumerations, name)
    base, meta = get_args(alias)[0], alias.__metadata__[0]
    return set(get_args(base) or meta.extra_json_schema[enumerations.KNOWN])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_gw6_every_language_has_the_same_keys_and_placeholders(language: str, topic: str) -> None:
    mine, model = dict(_leaves(words(language, topic))), dict(_leaves(words(DEFAULT, topic)))
    assert list(mine) == list(model)
    for key, text in mine.items():
        assert all(text) if isinstance(text, list) else text
        assert set(re.findall(r"{.*?}", str(text))) == set(re.findall(r"{.*?}", str(model[key]))), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_gw6_every_code_has_a_sentence(language: str) -> None:
    assert list(words(language, "problems")) == list(CATALOGUE)
    for code in CATALOGUE:
        title = problem_title(language, code)
        assert title[0].isupper() and title.endswith(".")
        assert (re.search("[а-яіїєґ]", title) is None) == (language == "en")


@pytest.mark.parametrize("table", NAMED)
def test_gw6_every_value_of_an_enumeration_has_a_name(table: str) -> None:
    for language in LANGUAGES:
        assert _members(NAMED[table]) <= set(words(language, "values")[table])


def test_gw6_a_value_or_language_that_is_not_known_stands_for_itself_or_in_english() -> None:
    assert word("ru", "zone", "weekend") == "weekend"
    assert word("de", "zone", "night") == word("", "zone", "night") == "night"
    assert problem_title("ru", "moon_is_full") == problem_title("ru", "internal_error")
