"""BL-7: the bill as PDF."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdf
import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.adapters import documents
from services.billing.adapters.documents import (
    BillDocument,
    BillDocumentError,
    ChargeRow,
    Loyalty,
    Provider,
    ReadingRow,
    Requisite,
    Totals,
    figures,
    qr_code,
    render_bill,
)
from services.billing.adapters.documents.model import Currency, Language
from services.billing.domain.payment_qr import Payee, parse, payment_string, sum_in_kopecks

PAYEE = Payee(
    "АО «Уралэнергосбыт»",
    "40702810900000012345",
    "ПАО «ЧЕЛЯБИНВЕСТБАНК»",
    "047501779",
    "30101810400000000779",
    "7453313477",
    "745301001",
)
CHARGES = (
    ChargeRow(
        "Электроснабжение",
        Decimal("1003.20"),
        zone="день",
        previous=Decimal(12480),
        current=Decimal(12720),
        consumption=Decimal(240),
        unit="кВт·ч",
        tariff=Decimal("4.18"),
        vat=Decimal("180.90"),
    ),
    ChargeRow(
        "Горячее водоснабжение",
        Decimal("1234.56"),
        previous=Decimal("112.350"),
        current=Decimal("115.900"),
        consumption=Decimal("3.550"),
        unit="м³",
        tariff=Decimal("347.763"),
        vat=Decimal("222.63"),
    ),
    ChargeRow("Перерасчёт за октябрь 2026", Decimal("-112.86"), note="по контрольному показанию"),
    ChargeRow("Пени", Decimal("12.40"), note="просрочка 37 дней"),
)
READINGS = (
    ReadingRow("Меркурий 206 № 1", Decimal(12720), "кВт·ч", date(2026, 11, 23), "ИКУС", "день"),
    ReadingRow("Меркурий 206 № 2", Decimal(6422), "кВт·ч", date(2026, 11, 22), "АСКУЭ", "ночь"),
    ReadingRow("СГВ-15 № 3", Decimal("115.900"), "м³", date(2026, 11, 21), "Квитанции"),
)
CHARGED = Decimal("2137.30")
BILL = BillDocument(
    language="ru",
    currency="RUB",
    number="2026-11-000123",
    issued_on=date(2026, 12, 1),
    period=date(2026, 11, 1),
    due_on=date(2026, 12, 15),
    provider=Provider(
        PAYEE.name,
        (
            Requisite("inn", PAYEE.inn),
            Requisite("bank_account", PAYEE.personal_acc),
            Requisite("bank", PAYEE.bank_name),
            Requisite("bic", PAYEE.bic),
        ),
        ("454091, г. Челябинск", "8 800 000-00-00"),
    ),
    account_number="7412038561",
    holder="Иванова Мария Петровна",
    address="г. Челябинск, пр-т Ленина, д. 81, кв. 12",
    charges=CHARGES,
    readings=READINGS,
    totals=Totals(Decimal("1096.82"), Decimal("500.00"), CHARGED, Decimal("2734.12"), Decimal("403.53")),
    loyalty=Loyalty("ответственный", 34),
    payment_text=payment_string(
        PAYEE, {"Sum": sum_in_kopecks(Decimal("2734.12")), "PersAcc": "7412038561", "Purpose": "За ноябрь"}
    ),
)


def with_closing(closing: str) -> BillDocument:
    """The bill with another opening balance, so that it closes on the given one."""
    opening = Decimal(closing) - CHARGED
    return replace(BILL, totals=Totals(opening, Decimal(0), CHARGED, Decimal(closing)))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with plain spaces and without the places where a long run may break."""
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return [re.sub(r"[\u202f\xa0\u2009]", " ", text).replace("\u200b", "") for text in texts]


def squeezed(text: str) -> str:
    """A text without white space: where its lines break on the page is of no interest."""
    return re.sub(r"\s+", "", text)


def qr_codes(pdf: bytes) -> list[str]:
    """What a camera reads on the first page."""
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(image)]


def test_bl7_says_everything() -> None:
    (text,) = pages(render_bill(BILL))
    for expected in (
        "Квитанция за ноябрь 2026",
        "№ 2026-11-000123 от 01.12.2026",
        "АО «Уралэнергосбыт»",
        "454091, г. Челябинск",
        "7412038561",
        "Иванова Мария Петровна",
        "пр-т Ленина, д. 81",
        "Оплатите до 15.12.2026",
        "2 734,12",
        "1 096,82",
        "500,00",
        "2 137,30",
        "Электроснабжение, день",
        "12 480",
        "12 720",
        "240",
        "кВт·ч",
        "4,18",
        "1 003,20",
        "180,90",
        "112,350",
        "3,550",
        "347,763",
        "Перерасчёт за октябрь 2026",
        "\u2212112,86",
        "по контрольному показанию",
        "Пени",
        "12,40",
        "403,53",
        "23.11.2026",
        "ИКУС",
        "АСКУЭ",
        "Квитанции",
        "ответственный",
        "34",
        "7453313477",
        "40702810900000012345",
        "047501779",
        "Страница 1 из 1",
    ):
        assert squeezed(expected) in squeezed(text), expected


def test_bl7_alignment_adds_no_digits() -> None:
    """The tail that brings decimal marks under each other takes room on the page but isn't on it."""
    (text,) = pages(render_bill(BILL))
    assert "12 480,000" not in text
    assert "240,000" not in text


@pytest.mark.parametrize(
    ("language", "currency", "expected"),
    [
        ("ru", "RUB", ("Лицевой счёт", "за ноябрь 2026", "2 734,12", "₽", "15.12.2026", "Суммы в рублях")),
        ("uk", "UAH", ("Особовий рахунок", "за листопад 2026", "2 734,12", "₴", "Сплатіть до 15.12.2026")),
        ("en", "RUB", ("Account", "for November 2026", "2 734.12", "₽", "pay by 15 December 2026")),
    ],
)
def test_bl7_languages(language: Language, currency: Currency, expected: tuple[str, ...]) -> None:
    pdf = render_bill(replace(BILL, language=language, currency=currency))
    (text,) = pages(pdf)
    for words in expected:
        assert squeezed(words) in squeezed(text), words
    assert pypdf.PdfReader(io.BytesIO(pdf)).root_object["/Lang"] == str(language)


def test_bl7_qr_code_on_the_page_is_the_payment_text() -> None:
    (text,) = qr_codes(render_bill(BILL))
    assert text == BILL.payment_text
    assert parse(text)["Sum"] == "273412"


@pytest.mark.parametrize("length", [0, 300, 900])
def test_bl7_longer_payment_texts_can_be_read_as_well(length: int) -> None:
    long = payment_string(PAYEE, {"Sum": "1", "PayerAddress": "щ" * length})
    assert qr_codes(render_bill(replace(BILL, payment_text=long))) == [long]


@pytest.mark.parametrize(
    ("closing", "words"),
    [("0.00", ("Долга нет", "0,00")), ("-120.50", ("Переплата", "\u2212120,50"))],
)
def test_bl7_nothing_to_pay_has_no_code(closing: str, words: tuple[str, ...]) -> None:
    pdf = render_bill(with_closing(closing))
    (text,) = pages(pdf)
    assert qr_codes(pdf) == []
    assert "Платить ничего не нужно" in text
    assert "Оплатите" not in text
    assert all(word in text for word in words)


def test_bl7_no_payment_text_no_code() -> None:
    pdf = render_bill(replace(BILL, payment_text=None))
    assert qr_codes(pdf) == []
    assert "Оплатите до 15.12.2026" in pages(pdf)[0]


def test_bl7_a_bill_with_next_to_nothing_on_it() -> None:
    bare = replace(
        BILL,
        provider=Provider(""),
        holder="",
        address="",
        charges=(),
        readings=(),
        totals=Totals(*[Decimal(0)] * 4),
        loyalty=None,
        payment_text=None,
    )
    (text,) = pages(render_bill(bare))
    assert "Итого начислено" in text
    assert "Показания приборов учёта" not in text
    assert "Программа лояльности" not in text


HOSTILE = (
    '#include "bill.typ"',
    "#sys.inputs.data",
    "*bold* _emphasis_ `raw`",
    "$x^2$",
    "] [ } { ) (",
    "\"double\" 'single' «ёлочки»",
    "<label> @reference",
    "\\ \\u{41} // comment /* comment",
    "= heading",
    "https://example.org/a -- --- ...",
    "{page} {pages} {number}",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_bl7_text_is_never_markup(words: str) -> None:
    hostile = replace(
        BILL,
        number=words,
        account_number=words,
        holder=words,
        address=words,
        provider=Provider(words, (Requisite("bank", words),), (words,)),
        charges=(replace(CHARGES[0], service=words, zone=words, unit=words, note=words), *CHARGES[1:]),
        readings=(replace(READINGS[0], meter=words, source=words, zone=words, unit=words),),
        loyalty=Loyalty(words, 1),
    )
    text = squeezed("".join(pages(render_bill(hostile))))
    # The number twice, the account twice, holder, address, the provider twice, contact, bank, four in the row
    # of the charge, four in that of the reading, the level.
    assert text.count(squeezed(words)) == 19


def test_bl7_very_long_words_and_addresses_stay_on_the_paper() -> None:
    address = "Российская Федерация, Челябинская область, посёлок с длинным названием, " * 8 + "Щ" * 120
    pdf = render_bill(
        replace(BILL, address=address, charges=(replace(CHARGES[0], service="W" * 90), *CHARGES[1:]))
    )
    text = squeezed("".join(pages(pdf)))
    assert squeezed(address) in text
    assert "W" * 90 in text
    page = pypdfium2.PdfDocument(pdf)[0]
    page_text = page.get_textpage()
    rightmost = max(page_text.get_charbox(at)[2] for at in range(page_text.count_chars()))
    assert rightmost <= page.get_width() - 45  # the margin of 17 mm, in points


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("Иванова\nМария\x00\tПетровна", "Иванова Мария Петровна"),
        ("счёт\u202e0001", "счёт0001"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("x" * 24, "x" * 24),
        ("x" * 25, "xxxxxxxx\u200bxxxxxxxx\u200bxxxxxxxx\u200bx"),
    ],
)
def test_bl7_text_that_cannot_be_set_as_it_is(given_text: str, shown: str) -> None:
    assert figures.clean(given_text) == shown
    render_bill(replace(BILL, holder=given_text))


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_bl7_any_text_makes_a_bill(words: str) -> None:
    assert render_bill(replace(BILL, holder=words, number=words)).startswith(b"%PDF")


def test_bl7_many_lines_go_to_further_pages_without_a_loss() -> None:
    charges = tuple(
        ChargeRow(f"Услуга-{at:03d}", Decimal(at), consumption=Decimal(at), unit="кВт·ч")
        for at in range(1, 61)
    )
    readings = tuple(replace(READINGS[0], meter=f"Счётчик-{at:03d}") for at in range(1, 21))
    charged = Decimal(sum(range(1, 61)))
    totals = Totals(Decimal(0), Decimal(0), charged, charged)
    first, *rest = pages(render_bill(replace(BILL, charges=charges, readings=readings, totals=totals)))
    assert len(rest) >= 1
    everything = first + "".join(rest)
    for name in (*(row.service for row in charges), *(row.meter for row in readings)):
        assert everything.count(name) == 1
    assert "Итого начислено" in everything
    assert "1 830,00" in everything
    for at, text in enumerate((first, *rest), 1):
        assert f"Страница {at} из {1 + len(rest)}" in text
        assert "Квитанция № 2026-11-000123" in text
    assert rest[0].startswith("Услуга Пред. Тек.")  # the head of the table is repeated


def test_bl7_same_document_same_bytes() -> None:
    first = render_bill(BILL)
    render_bill(replace(BILL, language="en", number="2"))
    assert render_bill(BILL) == first
    made = pypdf.PdfReader(io.BytesIO(first)).metadata
    assert made is not None
    assert made.creation_date is not None
    assert made.creation_date.date() == BILL.issued_on
    assert made.title == "Квитанция за ноябрь 2026, № 2026-11-000123 от 01.12.2026"


def test_bl7_many_threads_at_once() -> None:
    bills = [replace(BILL, number=f"{at}", account_number=f"account-{at}") for at in range(12)]
    alone = [render_bill(bill) for bill in bills]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render_bill, bills)) == alone


def test_bl7_fonts_are_embedded_and_nothing_is_fetched() -> None:
    page = pypdf.PdfReader(io.BytesIO(render_bill(BILL))).pages[0]
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    assert fonts
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert any(name in descriptor for name in ("/FontFile2", "/FontFile3"))
    for template in Path(documents.__file__).parent.glob("*.typ"):
        # A package would be downloaded.
        assert "@preview" not in template.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        ("0", "ru", "0"),
        ("-0.00", "ru", "0,00"),
        ("1234567.8", "ru", "1 234 567,8"),
        ("1234567.8", "en", "1 234 567.8"),
        ("-1234.50", "uk", "\u22121 234,50"),
        ("1E+3", "ru", "1 000"),
        ("0.0000001", "ru", "0,0000001"),
    ],
)
def test_bl7_numbers(value: str, language: Language, shown: str) -> None:
    assert figures.number(Decimal(value), language) == shown.replace(" ", figures.THIN_SPACE)


def test_bl7_decimal_marks_stand_under_each_other() -> None:
    assert figures.aligned(["12", "3,550", "", "4,1"], "ru") == [
        ("12", ",000"),
        ("3,550", ""),
        ("", ""),
        ("4,1", "00"),
    ]
    assert figures.aligned(["12", "3"], "en") == [("12", ""), ("3", "")]


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("bill_balance_wrong", lambda: Totals(Decimal(1), Decimal(0), Decimal(1), Decimal(3))),
        ("bill_charges_wrong", lambda: replace(BILL, charges=CHARGES[1:])),
        ("bill_money_not_exact", lambda: ChargeRow("Пени", Decimal("0.001"))),
        ("bill_money_not_exact", lambda: Totals(Decimal("0.005"), Decimal(0), Decimal(0), Decimal("0.005"))),
        ("bill_number_not_finite", lambda: replace(READINGS[0], value=Decimal("NaN"))),
    ],
)
def test_bl7_a_bill_that_cannot_be_right_is_refused(code: str, make: object) -> None:
    assert callable(make)
    with pytest.raises(BillDocumentError) as caught:
        make()
    assert caught.value.code == code


def test_bl7_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        ChargeRow("Пени", 0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", range(1, 41))
def test_bl7_every_module_is_as_segno_sets_it(version: int) -> None:
    """Filled to the brim, because segno pads what is left over with a byte more than the standard says."""
    data = bytes((at * 197 + version) % 256 for at in range(qr_code.capacity(version)))
    expected = segno.make(
        data, error="m", boost_error=False, mode="byte", micro=False, version=version, mask=qr_code.MASK
    )
    lines = qr_code.encode(data).rows.decode().split()
    assert lines == ["".join(map(str, row)) for row in expected.matrix]


def test_bl7_data_that_fits_no_code() -> None:
    assert qr_code.capacity(40) == 2331
    with pytest.raises(qr_code.QrTooLongError):
        qr_code.encode(bytes(2332))
