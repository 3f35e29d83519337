"""Templates of notifications: complete in every language, filled in safely, formatted as each language does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.notifications.adapters.phrasebooks import FOLDER, read_phrasebooks
from services.notifications.domain import formats
from services.notifications.domain.kinds import KINDS, SMS
from services.notifications.domain.texts import (
    LANGUAGES,
    PLACEHOLDER,
    Phrasebook,
    Template,
    Text,
    faults_of,
)

NAMES = {"uralenergosbyt": {"ru": "Уралэнергосбыт", "uk": "Уралэнергозбут", "en": "Uralenergosbyt"}}
BOOKS = read_phrasebooks(NAMES)
SAMPLES: dict[str, Any] = {
    "": "x",
    "money": {"amount": "-12.5", "currency": "UAH"},
    "number": "1",
    "date": "2026-11-15",
    "month": "2026-10",
    "balance": {"amount": "12.5", "currency": "RUB"},
    "readings": [{"zone": "single", "value": "1.5", "unit": "m3"}],
    "plural": 2,
    "word": "uralenergosbyt",
}


def _money(amount: str, currency: str = "RUB") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def _plain(text: str) -> str:
    return text.replace(formats.NBSP, " ")


def _fill(language: str, template: str, **values: Any) -> str:
    book = replace(BOOKS[language], templates={"it": Template("t", template)})
    return _plain(book.write("it", values).text)


def test_nt_3_every_kind_in_every_language_with_the_same_placeholders() -> None:
    assert faults_of(BOOKS, set(KINDS)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nt_3_every_template_can_be_filled_in(language: str, kind: str) -> None:
    template = BOOKS[language].templates[kind]
    found = PLACEHOLDER.findall(template.title + template.text)
    text = BOOKS[language].write(kind, {name: SAMPLES[form] for name, form, _ in found})
    assert text.title and text.text and "{" not in text.title + text.text
    assert len(text.title) <= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_the_same_in_every_language(language: str) -> None:
    for table, words in BOOKS["ru"].words.items():
        assert len(BOOKS[language].words[table]) == len(words)
        if isinstance(words, dict):
            assert BOOKS[language].words[table].keys() == words.keys()


def test_a_code_fits_into_one_sms() -> None:
    for language in LANGUAGES:
        text = BOOKS[language].write("code", {"code": "123456", "minutes": 10}).text
        assert "123456" in text and len(text) <= (160 if text.replace(formats.NBSP, " ").isascii() else 70)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind, it in KINDS.items() if SMS in it.channels])
def test_nt_2_what_goes_by_sms_fits_into_one_and_holds_no_link(language: str, kind: str) -> None:
    template = BOOKS[language].templates[kind]
    found = PLACEHOLDER.findall(template.text)
    samples = {"code": "123456", "minutes": 10, "contact": "email"}
    text = _plain(BOOKS[language].write(kind, {name: samples.get(name, "x") for name, _, _ in found}).text)
    assert "link" not in {name for name, _, _ in found} and "http" not in text
    if kind != "contact_changed":  # goes to the bell and by mail as well, and says more
        assert len(text) <= (160 if text.isascii() else 70), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_id_4_links_stand_in_mails_only_and_alone_in_their_line(language: str) -> None:
    link = "https://cabinet.example/registration#token=a.b"
    with_link = {kind for kind, template in BOOKS[language].templates.items() if "{link}" in template.text}
    assert with_link == {"registration_link", "recovery_mail", "phone_change_mail", "staff_invitation"}
    for kind in with_link:
        assert KINDS[kind].channels == ("email",)
        values = {"link": link, "code": "123456", "minutes": 10, "hours": 24}
        assert link in BOOKS[language].write(kind, values).text.split("\n")


@pytest.mark.parametrize(
    ("template", "value", "ru", "uk", "en"),
    [
        (
            "{x:money}",
            {"amount": "1234567.5", "currency": "RUB"},
            "1 234 567,50 ₽",
            "1 234 567,50 ₽",
            "RUB 1,234,567.50",
        ),
        ("{x:money}", _money("-5", "UAH"), "−5,00 ₴", "−5,00 ₴", "UAH −5.00"),
        ("{x:number}", "4036.125", "4 036,125", "4 036,125", "4,036.125"),
        ("{x:number}", "0.100", "0,100", "0,100", "0.100"),
        ("{x:date}", "2026-03-09", "9 марта 2026", "9 березня 2026", "9 March 2026"),
        ("{x:month}", "2026-08", "август 2026", "серпень 2026", "August 2026"),
        ("{x:plural.point}", 22, "22 балла", "22 бали", "22 points"),
        ("{x:word.level}", "ideal", "идеальный", "ідеальний", "ideal"),
        ("{x:word.level}", "unheard-of", "unheard-of", "unheard-of", "unheard-of"),
        (
            "{x:balance}",
            _money("0"),
            "Задолженности нет.",
            "Заборгованості немає.",
            "Nothing is owed.",
        ),
        (
            "{x:balance}",
            _money("-7"),
            "Переплата: 7,00 ₽",
            "Переплата: 7,00 ₽",
            "Overpaid: RUB 7.00",
        ),
        (
            "{x:balance}",
            _money("7"),
            "Осталось заплатить: 7,00 ₽",
            "Залишилося сплатити: 7,00 ₽",
            "Left to pay: RUB 7.00",
        ),
    ],
)
def test_nt_3_formats(template: str, value: Any, ru: str, uk: str, en: str) -> None:
    assert [_fill(language, template, x=value) for language in LANGUAGES] == [ru, uk, en]


def test_readings_name_their_zones() -> None:
    two = [{"zone": "day", "value": "4036", "unit": "kWh"}, {"zone": "night", "value": "120", "unit": "kWh"}]
    assert _fill("ru", "{x:readings}", x=two) == "день 4 036, ночь 120 кВт·ч"
    one = [{"zone": "single", "value": "12.5", "unit": "m3"}]
    assert _fill("en", "{x:readings}", x=one) == "12.5 m³"


def test_values_are_never_read_as_templates() -> None:
    odd = "{y} {0.__class__} %(z)s $y {{"
    assert _fill("en", "{x}|{y}", x=odd, y="why") == f"{odd}|why"


def test_values_bring_no_lines_of_their_own() -> None:
    assert _fill("en", "{x}", x="a\r\nBcc: b@c.example\u2028d\x00e") == "a Bcc: b@c.example d e"


def test_html_is_escaped() -> None:
    page = Text("<b>&", 'one\n"two"\n\n<script>alert(1)</script>').html
    assert "<script" not in page and "<b>" not in page
    assert "<p>one<br>&quot;two&quot;</p><p>&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (Template("t", "{x:money"), "a brace that begins or ends no placeholder"),
        (Template("t", "{number} {x:exec}"), "x has an unknown format"),
        (Template("t", "{x:plural.cat}"), "no plural forms of cat"),
        (Template("t", "{x:word.cat}"), "no words for cat"),
        (Template("t\nu", "{number}"), "a title of several lines"),
        (Template("t", "{provider}"), "has other placeholders than ru"),
    ],
)
def test_broken_templates_are_named(change: Template, fault: str) -> None:
    books = _with("en", "account_linked", change)
    assert any(fault in found and found.startswith("en: ") for found in faults_of(books, set(KINDS)))


def test_missing_and_superfluous_templates_are_named() -> None:
    book = BOOKS["uk"]
    fewer = {kind: template for kind, template in book.templates.items() if kind != "code"}
    books = {**BOOKS, "uk": replace(book, templates=fewer | {"odd": Template("t", "x")})}
    assert faults_of(books, set(KINDS)) == ["uk: no template for code", "uk: odd is no kind"]
    assert faults_of({"ru": BOOKS["ru"]}, set(KINDS)) == ["uk: missing", "en: missing"]


def test_a_provider_without_a_name_in_the_language_keeps_another() -> None:
    books = read_phrasebooks({"p": {"ru": "П"}}, FOLDER)
    assert books["en"].words["provider"] == {"p": "П"}


def _with(language: str, kind: str, template: Template) -> dict[str, Phrasebook]:
    book = BOOKS[language]
    return {**BOOKS, language: replace(book, templates={**book.templates, kind: template})}
