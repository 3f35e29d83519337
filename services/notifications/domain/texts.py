"""Texts of messages: templates with placeholders, filled in without executing anything (NT-3).

A placeholder is ``{name}`` or ``{name:format}``; formats: ``money``, ``number``, ``date``, ``month``, ``balance``,
``readings``, ``plural.<noun>``, ``word.<table>``. Values go in once and are not read again, so that braces in them mean
nothing; control characters in them become spaces, so that none can begin a header or a line of its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.wording import LANGUAGES
from services.notifications.domain import formats
from services.notifications.domain.formats import Words
from services.notifications.domain.plurals import FORMS

DEFAULT_LANGUAGE: Final = "ru"
PLACEHOLDER: Final = re.compile(r"\{(\w+)(?::(\w+)(?:\.(\w+))?)?\}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_FORMATS: Final[dict[str, Callable[[str, Words, Any, str], str]]] = {
    "": lambda language, words, value, detail: str(value),
    "money": lambda language, words, value, detail: formats.money(language, value),
    "number": lambda language, words, value, detail: formats.number(language, value),
    "date": lambda language, words, value, detail: formats.day(words, value),
    "month": lambda language, words, value, detail: formats.month(words, value),
    "balance": lambda language, words, value, detail: formats.balance(language, words, value),
    "readings": lambda language, words, value, detail: formats.readings(language, words, value),
    "plural": lambda language, words, value, detail: formats.counted(language, words, value, detail),
    "word": lambda language, words, value, detail: formats.word(words, detail, value),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A message in words."""

    title: str
    text: str

    @property
    def html(self) -> str:
        """The text as a page without any markup of its own: everything is escaped."""
        paragraphs = "".join(
            f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in self.text.split("\n\n")
        )
        title = html.escape(self.title)
        return (
            f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><h1>{title}</h1>{paragraphs}</body></html>"
        )


@dataclass(frozen=True, slots=True)
class Template:
    """One kind in one language."""

    title: str
    text: str

    def placeholders(self) -> frozenset[str]:
        """All of them with their formats, as written."""
        return frozenset(match.group(0) for match in PLACEHOLDER.finditer(f"{self.title}\n{self.text}"))


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Templates and words of one language."""

    language: str
    templates: Mapping[str, Template]
    words: Words

    def write(self, kind: str, values: Mapping[str, Any]) -> Text:
        """The message. Raises KeyError where a value is missing."""
        template = self.templates[kind]
        return Text(self._fill(template.title, values), self._fill(template.text, values))

    def _fill(self, template: str, values: Mapping[str, Any]) -> str:
        def put(match: re.Match[str]) -> str:
            name, form, detail = match.group(1), match.group(2) or "", match.group(3) or ""
            filled = _FORMATS[form](self.language, self.words, values[name], detail)
            return _CONTROL.sub(" ", filled)

        return PLACEHOLDER.sub(put, template)


def faults_of(books: Mapping[str, Phrasebook], kinds: set[str]) -> list[str]:
    """What is wrong with the phrasebooks: a missing language or kind, placeholders that differ or mean nothing."""
    faults = [f"{language}: missing" for language in LANGUAGES if language not in books]
    if faults:
        return faults
    model = books[DEFAULT_LANGUAGE]
    for language, book in books.items():
        faults += [f"{language}: no template for {kind}" for kind in sorted(kinds - set(book.templates))]
        faults += [f"{language}: {kind} is no kind" for kind in sorted(set(book.templates) - kinds)]
        for noun, forms in book.words.get("plural", {}).items():
            if len(forms) != FORMS[language]:
                faults.append(f"{language}: {noun} needs {FORMS[language]} forms")
        for kind, template in book.templates.items():
            other = model.templates.get(kind)
            if other is not None and other.placeholders() != template.placeholders():
                faults.append(f"{language}: {kind} has other placeholders than {DEFAULT_LANGUAGE}")
            faults += [f"{language}: {kind}: {fault}" for fault in _faults_of(template, book.words)]
    return faults


def _faults_of(template: Template, words: Words) -> list[str]:
    faults = []
    rest = PLACEHOLDER.sub("", f"{template.title}\n{template.text}")
    if "{" in rest or "}" in rest:
        faults.append("a brace that begins or ends no placeholder")
    if "\n" in template.title:
        faults.append("a title of several lines")
    for name, form, detail in PLACEHOLDER.findall(f"{template.title}\n{template.text}"):
        if form not in _FORMATS:
            faults.append(f"{name} has an unknown format")
        elif form == "plural" and detail not in words.get("plural", {}):
            faults.append(f"no plural forms of {detail}")
        elif form == "word" and detail not in words:
            faults.append(f"no words for {detail}")
    return faults
