"""Account numbers as people type them, and proofs (ID-6); tax numbers (ID-8): no database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.adapters.tax_numbers import (
    TaxNumberError,
    edrpou_is_right,
    inn_is_right,
    read_tax_number,
)
from services.identity.domain.account_numbers import (
    LUHN,
    NO_CHECK,
    NumberFormatError,
    luhn_is_right,
    read_number,
)
from services.identity.domain.masking import mask_email, mask_phone, short_name
from services.identity.domain.proofs import ProofIncompleteError, read_amount, read_proof
from services.identity.domain.scopes import (
    OF_LINK,
    OF_ROLE,
    ScopesIncompleteError,
    granted_scopes,
    in_order,
    role_scopes,
)

TEN, SPAN, FIFTEEN = r"\d{10}", r"\d{8,12}", "[0-9A-Z]{15}"


@pytest.mark.parametrize(
    ("text", "pattern", "number"),
    [
        ("0356067000", TEN, "0356067000"),
        (" 0356-067 000 ", TEN, "0356067000"),
        ("№ 0356067000", TEN, "0356067000"),
        ("№0356 067 000", TEN, "0356067000"),
        ("Л/с № 0356067000", TEN, "0356067000"),
        ("л/с: 0356067000", TEN, "0356067000"),
        ("о/р 0356067000", TEN, "0356067000"),
        ("0356\u00a0067\u2009000", TEN, "0356067000"),
        ("0356\u2013067\u2014000\u200b", TEN, "0356067000"),
        ("12345678", SPAN, "12345678"),
        ("ab1234567890123", FIFTEEN, "AB1234567890123"),
        ("АВ1234567890123", FIFTEEN, "AB1234567890123"),  # Cyrillic
        ("ОР1234567890123", FIFTEEN, "OP1234567890123"),  # not a mark: a number may begin so
        ("і5і234567890123", FIFTEEN, "I5I234567890123"),
        ("N12345678901234", FIFTEEN, "N12345678901234"),
    ],
)
def test_id6_a_right_number_is_taken_as_it_stands_on_the_bill(text: str, pattern: str, number: str) -> None:
    assert read_number(text, pattern) == number


@pytest.mark.parametrize(
    ("text", "pattern", "hint"),
    [
        ("", TEN, "too_short"),
        ("№", TEN, "too_short"),
        ("035606700", TEN, "too_short"),
        ("03560670001", TEN, "too_long"),
        ("035606700О", TEN, "letters"),  # the letter O in place of a zero
        ("0356067000.", TEN, "letters"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660", r"[0-9]{10}", "letters"),
        ("1234567", SPAN, "too_short"),
        ("1234567890123", SPAN, "too_long"),
        ("12345678901234", FIFTEEN, "too_short"),
        ("1234567890123456", FIFTEEN, "too_long"),
        ("Щ23456789012345", FIFTEEN, "letters"),
        ("0123456789", r"74\d{8}", "form"),
    ],
)
def test_id6_what_is_wrong_with_a_number_is_told_apart(text: str, pattern: str, hint: str) -> None:
    with pytest.raises(NumberFormatError) as caught:
        read_number(text, pattern)
    assert caught.value.hint == hint


def test_id6_a_check_digit_is_told_apart_where_the_provider_has_one() -> None:
    assert read_number("7992739871-3", r"\d{11}", LUHN) == "79927398713"
    with pytest.raises(NumberFormatError) as caught:
        read_number("79927398710", r"\d{11}", LUHN)
    assert caught.value.hint == "check_digit"
    assert read_number("79927398710", r"\d{11}", NO_CHECK) == "79927398710"


@given(st.integers(0, 10**11), st.integers(0, 10), st.integers(1, 9))
def test_id6_luhn_finds_every_single_wrong_digit(payload: int, place: int, by: int) -> None:
    body = f"{payload:011d}"
    [right] = [body + str(digit) for digit in range(10) if luhn_is_right(body + str(digit))]
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not luhn_is_right(wrong)


@given(st.text(max_size=40))
def test_id6_no_text_breaks_the_reader_and_what_is_taken_fits(text: str) -> None:
    for pattern in ("[0-9]{10}", FIFTEEN):
        try:
            found = read_number(text, pattern)
        except NumberFormatError as error:
            assert error.hint in ("too_short", "too_long", "letters", "form")
        else:
            assert found.isascii() and len(found) in (10, 15)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100", "100"),
        ("1250,5", "1250.5"),
        ("1 250.50", "1250.50"),
        ("1\u00a0250,50", "1250.50"),
        ("0,01", "0.01"),
    ],
)
def test_id6_amounts_come_with_a_comma_or_a_point(text: str, amount: str) -> None:
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3", "1.234", "-5", "1e5", "NaN", "Infinity", ",5", "5,", "9" * 13]
)
def test_id6_what_is_no_amount_is_told_before_anyone_is_asked(text: str) -> None:
    with pytest.raises(ProofIncompleteError):
        read_proof("last_payment", {"amount": text})


def test_id6_proofs_are_read_by_the_providers_kind() -> None:
    assert read_proof("meter_serial", " 115268446 ") == {"serial": "115268446"}
    assert read_proof("meter_serial", {"serial": "1"}) == {"serial": "1"}
    assert read_proof("last_payment", "1250,50") == {"amount": "1250.50"}
    place = {"house": "12", "letter": "", "flat": "141", "extension": "1"}
    assert read_proof("address", {"house": " 12", "flat": "141", "extension": "1"}) == place
    for kind, given_ in (
        ("meter_serial", {"amount": "1"}),
        ("meter_serial", "  "),
        ("address", {"flat": "1"}),
        ("address", "12-1"),
    ):
        with pytest.raises(ProofIncompleteError):
            read_proof(kind, given_)  # type: ignore[arg-type]


def test_id6_masks_show_what_an_owner_recognises_and_no_more() -> None:
    assert mask_email("ivan.petrov@mail.example.ru") == "i***@m***.ru"
    assert mask_phone("+79120000001") == "+7***01"
    assert (short_name("Анна", "Петрова"), short_name("Анна", ""), short_name("", "")) == (
        "Анна П.",
        "Анна",
        "",
    )


def test_id11_scopes_are_put_in_order_and_belong_together() -> None:
    assert granted_scopes(["pay", "see", "pay"]) == ["see", "pay"]
    assert granted_scopes(["readings", "see"]) == ["see", "readings"]
    assert granted_scopes(["pay"]) == ["amounts", "pay"]
    for asked in (["readings"], ["readings", "pay"]):
        with pytest.raises(ScopesIncompleteError):
            granted_scopes(asked)
    assert in_order(["pay", "amounts", "see"]) == ["see", "pay"]


def test_id8_a_role_never_gives_more_than_the_organisation_has() -> None:
    assert role_scopes("director", "linked") == ["see", "readings", "pay"]
    assert role_scopes("accountant", "linked") == ["see", "pay"]
    assert role_scopes("metering", "linked") == ["see", "readings"]
    assert role_scopes("director", "limited") == role_scopes("accountant", "limited") == ["amounts", "pay"]
    assert role_scopes("metering", "limited") == []
    for role in OF_ROLE:
        for state in ("linked", "limited", "unlinked", "absent"):
            held = set(OF_LINK.get(state, ()))
            assert set(role_scopes(role, state)) <= held


# --- tax numbers: those of large public companies, as they publish them ---

INN = ["7707083893", "7736050003", "7702070139", "7740000076"]
INN_12 = ["500100732259"]  # a published example
EDRPOU = ["14360570", "00032129", "21673832", "32490244", "20077720"]


@pytest.mark.parametrize("number", INN)
def test_id8_real_inns_are_right_with_their_kpp(number: str) -> None:
    found = read_tax_number("RU", f" {number[:4]} {number[4:]} ", "773601001")
    assert (found.number, found.branch_code) == (number, "773601001")


def test_id8_a_sole_proprietor_has_twelve_digits_and_no_kpp() -> None:
    assert read_tax_number("RU", INN_12[0]).branch_code == ""


@pytest.mark.parametrize("number", EDRPOU)
def test_id8_real_edrpous_are_right(number: str) -> None:
    assert read_tax_number("UA", number).number == number


@pytest.mark.parametrize(
    ("country", "number", "branch", "field", "hint"),
    [
        ("RU", "7707083894", "773601001", "tax_number", "check_digit"),
        ("RU", "770708389", "773601001", "tax_number", "length"),
        ("RU", "77070838931", "", "tax_number", "length"),
        ("RU", "770708389O", "773601001", "tax_number", "characters"),
        ("RU", "0000000000", "773601001", "tax_number", "check_digit"),
        ("RU", "7707083893", "", "branch_code", "missing"),
        ("RU", "7707083893", "77360100", "branch_code", "length"),
        ("RU", "7707083893", "7736-1 001Я", "branch_code", "characters"),
        ("RU", "500100732259", "773601001", "branch_code", "not_wanted"),
        ("RU", "500100732258", "", "tax_number", "check_digit"),
        ("UA", "14360571", "", "tax_number", "check_digit"),
        ("UA", "7707083893", "", "tax_number", "length"),
        ("UA", "00000000", "", "tax_number", "check_digit"),
        ("UA", "14360570", "773601001", "branch_code", "not_wanted"),
    ],
)
def test_id8_what_is_wrong_with_a_tax_number_is_told(
    country: str, number: str, branch: str, field: str, hint: str
) -> None:
    with pytest.raises(TaxNumberError) as caught:
        read_tax_number(country, number, branch)
    assert (caught.value.field, caught.value.hint) == (field, hint)


@given(st.integers(1, 10**9 - 1))
def test_id8_every_nine_digits_have_exactly_one_inn(payload: int) -> None:
    right = [digit for digit in range(10) if inn_is_right(f"{payload:09d}{digit}")]
    assert len(right) == 1


@given(st.integers(1, 10**10 - 1))
def test_id8_every_ten_digits_have_exactly_one_inn_of_twelve(payload: int) -> None:
    right = [rest for rest in range(100) if inn_is_right(f"{payload:010d}{rest:02d}")]
    assert len(right) == 1


@given(st.integers(1, 10**7 - 1))
def test_id8_every_seven_digits_have_exactly_one_edrpou(payload: int) -> None:
    right = [digit for digit in range(10) if edrpou_is_right(f"{payload:07d}{digit}")]
    assert len(right) == 1


@given(st.sampled_from(["RU", "UA"]), st.text(max_size=20), st.text(max_size=12))
def test_id8_no_text_breaks_the_reader(country: str, number: str, branch: str) -> None:
    try:
        found = read_tax_number(country, number, branch)
    except TaxNumberError as error:
        assert error.field in ("tax_number", "branch_code") and error.hint
    else:
        assert found.number.isascii() and found.number.isdigit()
