"""BL-7: the payment text of GOST R 56042-2014."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.billing.domain import payment_qr
from services.billing.domain.payment_qr import (
    OPTIONAL_FIELDS,
    Payee,
    PaymentQrError,
    parse,
    payment_string,
    sum_in_kopecks,
)

PAYEE = Payee(
    name="ООО «Свет»",
    personal_acc="40702810900000000001",
    bank_name="ПАО БАНК",
    bic="044525225",
    corresp_acc="30101810400000000225",
    inn="7400000001",
    kpp="740001001",
)
BLOCK = (
    "Name=ООО «Свет»|PersonalAcc=40702810900000000001|BankName=ПАО БАНК|BIC=044525225"
    "|CorrespAcc=30101810400000000225"
)


def refusal(payee: Payee, fields: dict[str, str] | None = None) -> tuple[str, str]:
    """The code and the field of the error that the arguments lead to."""
    with pytest.raises(PaymentQrError) as caught:
        payment_string(payee, fields or {})
    assert isinstance(caught.value, ValueError)
    return caught.value.code, caught.value.field


def test_bl7_mandatory_block_alone() -> None:
    assert payment_string(replace(PAYEE, inn="", kpp=""), {}) == f"ST00012|{BLOCK}"


def test_bl7_optional_fields_come_in_the_order_of_the_standard() -> None:
    fields = {
        "TechCode": "02",
        "PersAcc": "7412038561",
        "LastName": "Иванова",
        "PaymPeriod": "112026",
        "Sum": "348217",
        "Purpose": "За свет, 11.2026",
        "MiddleName": "",
    }
    assert payment_string(PAYEE, fields) == (
        f"ST00012|{BLOCK}|Sum=348217|Purpose=За свет, 11.2026|PayeeINN=7400000001|KPP=740001001"
        "|PersAcc=7412038561|PaymPeriod=112026|LastName=Иванова|TechCode=02"
    )


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("ООО Свет", "|"),
        ("ООО Свет|Тень", "~"),
        ("ООО Свет|Тень~", "^"),
        ("|~^#;$%&*!@`?_", "+"),
    ],
)
def test_bl7_separator_is_one_that_no_value_contains(name: str, separator: str) -> None:
    text = payment_string(replace(PAYEE, name=name), {"Sum": "1"})
    assert text[:8] == f"ST00012{separator}"
    assert parse(text)["Name"] == name
    assert list(parse(text)) == [
        "Name",
        "PersonalAcc",
        "BankName",
        "BIC",
        "CorrespAcc",
        "Sum",
        "PayeeINN",
        "KPP",
    ]


def test_bl7_separator_in_an_optional_value_counts_as_well() -> None:
    assert payment_string(PAYEE, {"Purpose": "a|b"}).startswith("ST00012~")


def test_bl7_no_separator_left() -> None:
    assert refusal(replace(PAYEE, name="|~^#;$%&*!@`?_+")) == ("payment_qr_no_separator", "")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": ""}, "payment_qr_field_missing", "Name"),
        ({"bank_name": "  "}, "payment_qr_field_missing", "BankName"),
        ({"name": "a" * 161}, "payment_qr_field_too_long", "Name"),
        ({"bank_name": "a" * 46}, "payment_qr_field_too_long", "BankName"),
        ({"personal_acc": "4070281090000000000"}, "payment_qr_field_malformed", "PersonalAcc"),
        ({"personal_acc": "407028109000000000011"}, "payment_qr_field_malformed", "PersonalAcc"),
        ({"personal_acc": "4070281090000000000A"}, "payment_qr_field_malformed", "PersonalAcc"),
        ({"corresp_acc": "٣" * 20}, "payment_qr_field_malformed", "CorrespAcc"),
        ({"bic": "04452522"}, "payment_qr_field_malformed", "BIC"),
        ({"bic": "044525225\n"}, "payment_qr_field_malformed", "BIC"),
        ({"inn": "7400000001234"}, "payment_qr_field_malformed", "PayeeINN"),
        ({"kpp": "74000100"}, "payment_qr_field_malformed", "KPP"),
        ({"name": "Свет\nТень"}, "payment_qr_field_malformed", "Name"),
        ({"name": "Свет\ud800"}, "payment_qr_field_malformed", "Name"),
    ],
)
def test_bl7_payee_is_checked(changed: dict[str, str], code: str, field: str) -> None:
    assert refusal(replace(PAYEE, **changed)) == (code, field)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Sum": "1234567890123456789"}, "payment_qr_field_malformed"),
        ({"Sum": "15.50"}, "payment_qr_field_malformed"),
        ({"Sum": "-1"}, "payment_qr_field_malformed"),
        ({"Purpose": "a" * 211}, "payment_qr_field_too_long"),
        ({"PaymPeriod": "132026"}, "payment_qr_field_malformed"),
        ({"PaymPeriod": "202611"}, "payment_qr_field_malformed"),
        ({"TechCode": "2"}, "payment_qr_field_malformed"),
        ({"PayerAddress": "ул. Ленина\x00"}, "payment_qr_field_malformed"),
        ({"Colour": "red"}, "payment_qr_unknown_field"),
        ({"PayeeINN": "7400000001"}, "payment_qr_unknown_field"),
        ({"Name": "ООО Другое"}, "payment_qr_unknown_field"),
    ],
)
def test_bl7_optional_fields_are_checked(fields: dict[str, str], code: str) -> None:
    assert refusal(PAYEE, fields) == (code, next(iter(fields)))


def test_bl7_values_at_their_limits() -> None:
    payee = replace(PAYEE, name="a" * 160, bank_name="b" * 45, inn="1" * 12)
    fields = parse(payment_string(payee, {"Sum": "9" * 18, "Purpose": "ж" * 210}))
    assert len(fields["Name"]) == 160
    assert len(fields["Purpose"]) == 210


def test_bl7_mandatory_block_is_limited_in_bytes() -> None:
    """Cyrillic takes two bytes a letter: a name within its own limit can be too long for the block."""
    overhead = len(BLOCK.replace("ООО «Свет»", "").encode())
    longest = (300 - overhead) // 2
    spare = "a" * ((300 - overhead) % 2)
    fits = payment_string(replace(PAYEE, name="ж" * longest + spare), {})
    assert len(fits.split("|PayeeINN")[0].removeprefix("ST00012|").encode()) == 300
    assert refusal(replace(PAYEE, name="ж" * longest + spare + "a")) == ("payment_qr_block_too_long", "")


def test_bl7_text_that_fits_no_code_is_refused() -> None:
    assert refusal(PAYEE, {"PayerAddress": "ж" * 1100}) == ("payment_qr_text_too_long", "")


@pytest.mark.parametrize(
    ("amount", "kopecks"),
    [
        ("0.01", "1"),
        ("15.5", "1550"),
        ("15.500000", "1550"),
        ("3482.17", "348217"),
        ("1E+3", "100000"),
        ("9999999999999999.99", "999999999999999999"),
    ],
)
def test_bl7_sum_is_exact(amount: str, kopecks: str) -> None:
    assert sum_in_kopecks(Decimal(amount)) == kopecks


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0.001", "payment_qr_amount_not_exact"),
        ("15.505", "payment_qr_amount_not_exact"),
        ("1234567890.0100000000000000000000000001", "payment_qr_amount_not_exact"),
        ("0", "payment_qr_amount_out_of_range"),
        ("-1", "payment_qr_amount_out_of_range"),
        ("NaN", "payment_qr_amount_out_of_range"),
        ("Infinity", "payment_qr_amount_out_of_range"),
        ("10000000000000000", "payment_qr_amount_out_of_range"),
    ],
)
def test_bl7_sum_that_is_no_amount_is_refused(amount: str, code: str) -> None:
    with pytest.raises(PaymentQrError) as caught:
        sum_in_kopecks(Decimal(amount))
    assert caught.value.code == code


def test_bl7_codes_are_all_different() -> None:
    codes = [kind.code for kind in PaymentQrError.__subclasses__()]
    assert len(set(codes)) == len(codes) == 10


def test_bl7_values_do_not_get_into_messages() -> None:
    """Messages are logged; a customer's name and address aren't."""
    with pytest.raises(PaymentQrError) as caught:
        payment_string(PAYEE, {"PayerAddress": "ул. Тайная, 1\n"})
    assert "Тайная" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ST00012",
        "ST00013",
        "ST00042|Name=a",
        "ST00022|Name=a",
        "Name=a|BIC=1",
        "ST00012|Name",
        "ST00012|=a",
        "ST00012|Name=a|Name=b",
        "ST00012=Name=a",
    ],
)
def test_bl7_parse_refuses_other_texts(text: str) -> None:
    with pytest.raises(payment_qr.NotAPaymentTextError):
        parse(text)


def test_bl7_parse_splits_at_the_first_equals_sign() -> None:
    assert parse("ST00012|Name=a=b==|BIC=") == {"Name": "a=b==", "BIC": ""}


VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)
FREE_FIELDS = sorted(set(OPTIONAL_FIELDS) - {"Sum", "PaymPeriod", "TechCode"})


@given(
    name=VALUES.filter(str.strip),
    bank=VALUES.filter(str.strip),
    account=st.text("0123456789", min_size=20, max_size=20),
    fields=st.dictionaries(st.sampled_from(FREE_FIELDS), VALUES),
    amount=st.decimals("0.01", "9999999999999.99", places=2),
)
def test_bl7_what_was_written_is_read(
    name: str, bank: str, account: str, fields: dict[str, str], amount: Decimal
) -> None:
    payee = replace(PAYEE, name=name, bank_name=bank, personal_acc=account)
    try:
        text = payment_string(payee, {**fields, "Sum": sum_in_kopecks(amount)})
    except (payment_qr.BlockTooLongError, payment_qr.TextTooLongError, payment_qr.NoSeparatorError):
        assume(False)
    read = parse(text)
    assert read.pop("Name") == name
    assert read.pop("BankName") == bank
    assert read.pop("PersonalAcc") == account
    assert Decimal(read.pop("Sum")) / 100 == amount
    for fixed in ("BIC", "CorrespAcc", "PayeeINN", "KPP"):
        del read[fixed]
    assert read == {key: value for key, value in fields.items() if value}
