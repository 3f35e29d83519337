"""The text inside the payment QR code of a Russian bill: GOST R 56042-2014, ``ST00012``.

A bank's application fills in a transfer from this text, so anything doubtful is refused here, with a
code, instead of being cut or rounded: a code that pays the wrong sum or account is worse than none.

    >>> payee = Payee("ООО Свет", "40702810900000000001", "ПАО БАНК", "044525225", "30101810400000000225")
    >>> payment_string(payee, {"Sum": sum_in_kopecks(Decimal("15.50"))})
    'ST00012|Name=ООО Свет|PersonalAcc=40702810900000000001|...|CorrespAcc=30101810400000000225|Sum=1550'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

FORMAT: Final = "ST0001"
UTF8: Final = "2"
PREFERRED_SEPARATOR: Final = "|"
# One byte each in every encoding of the standard; neither `=` nor anything that occurs in a field's name.
SPARE_SEPARATORS: Final = "~^#;$%&*!@`?_+"
MANDATORY_BLOCK_BYTES: Final = 300
# What the largest QR code (version 40) holds at error level M. More can't be printed at all.
TOTAL_BYTES: Final = 2331
# Control characters, halves of surrogate pairs (no UTF-8 for them), line and paragraph separators.
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class PaymentQrError(ValueError):
    """A payment text that can't be made or read.

    ``code`` is stable; ``field`` names the culprit, if there is one. Values stay out of the message:
    names and addresses don't belong into logs.
    """

    code: ClassVar[str] = "payment_qr"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


class FieldMissingError(PaymentQrError):
    """A mandatory field has no value."""

    code = "payment_qr_field_missing"


class FieldTooLongError(PaymentQrError):
    """A value has more characters than the standard allows."""

    code = "payment_qr_field_too_long"


class FieldMalformedError(PaymentQrError):
    """A value isn't of the form that the field must have."""

    code = "payment_qr_field_malformed"


class UnknownFieldError(PaymentQrError):
    """A field that isn't one of the optional fields known here, or that the payee already gives."""

    code = "payment_qr_unknown_field"


class BlockTooLongError(PaymentQrError):
    """Every mandatory value is within its limit, but all of them together aren't."""

    code = "payment_qr_block_too_long"


class TextTooLongError(PaymentQrError):
    """The whole text fits no QR code."""

    code = "payment_qr_text_too_long"


class NoSeparatorError(PaymentQrError):
    """The values use up every character that could separate them."""

    code = "payment_qr_no_separator"


class AmountNotExactError(PaymentQrError):
    """The amount has a fraction of a kopeck. Rounding is the biller's decision, not ours."""

    code = "payment_qr_amount_not_exact"


class AmountOutOfRangeError(PaymentQrError):
    """The amount isn't a positive number of at most 18 digits of kopecks."""

    code = "payment_qr_amount_out_of_range"


class NotAPaymentTextError(PaymentQrError):
    """``parse`` was given something else."""

    code = "payment_qr_not_a_payment_text"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid: the provider's bank details. An empty tax number or KPP is left out of the text."""

    name: str
    personal_acc: str
    bank_name: str
    bic: str
    corresp_acc: str
    inn: str = ""
    kpp: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """The longest value in characters (0: no limit of its own) and the form that it must have."""

    longest: int = 0
    form: re.Pattern[str] | None = None
    form_in_words: str = ""


def _digits(fewest: int, most: int) -> _Rule:
    # [0-9] and not \d: the latter lets the digits of every other script through.
    words = f"{most} digits" if fewest == most else f"{fewest} to {most} digits"
    return _Rule(form=re.compile(f"[0-9]{{{fewest},{most}}}"), form_in_words=words)


_FREE: Final = _Rule()
_MANDATORY: Final[Mapping[str, _Rule]] = {
    "Name": _Rule(longest=160),
    "PersonalAcc": _digits(20, 20),
    "BankName": _Rule(longest=45),
    "BIC": _digits(9, 9),
    "CorrespAcc": _digits(20, 20),
}
# The order here is the order in the text, so that the same bill always gives the same code.
_OPTIONAL: Final[Mapping[str, _Rule]] = {
    "Sum": _digits(1, 18),
    "Purpose": _Rule(longest=210),
    "PayeeINN": _digits(1, 12),
    "KPP": _digits(9, 9),
    "PersAcc": _FREE,
    "PaymPeriod": _Rule(form=re.compile("(0[1-9]|1[0-2])[0-9]{4}"), form_in_words="MMYYYY"),
    "LastName": _FREE,
    "FirstName": _FREE,
    "MiddleName": _FREE,
    "PayerAddress": _FREE,
    "Phone": _FREE,
    "CounterId": _FREE,
    "CounterVal": _FREE,
    "Category": _FREE,
    "ServiceName": _FREE,
    "TechCode": _digits(2, 2),
    "QuittId": _FREE,
    "QuittDate": _FREE,
    "UIN": _FREE,
}
_OF_THE_PAYEE: Final = ("PayeeINN", "KPP")
OPTIONAL_FIELDS: Final = tuple(name for name in _OPTIONAL if name not in _OF_THE_PAYEE)


def payment_string(payee: Payee, fields: Mapping[str, str]) -> str:
    """Return the text to encode; its UTF-8 bytes are what the QR code carries.

    ``fields`` holds optional fields under the standard's names (``OPTIONAL_FIELDS``), in any order.
    An empty value means that the field is absent: a customer without a patronymic is no mistake.
    ``Sum`` is best made with `sum_in_kopecks`.
    """
    mandatory = {
        "Name": payee.name,
        "PersonalAcc": payee.personal_acc,
        "BankName": payee.bank_name,
        "BIC": payee.bic,
        "CorrespAcc": payee.corresp_acc,
    }
    for name, value in mandatory.items():
        if not value.strip():
            raise FieldMissingError("must have a value", name)
        _check(name, value, _MANDATORY[name])

    for name in fields:
        if name not in OPTIONAL_FIELDS:
            raise UnknownFieldError("not an optional field of the payment text", name)
    given = {**fields, "PayeeINN": payee.inn, "KPP": payee.kpp}
    optional = {name: given[name] for name in _OPTIONAL if given.get(name)}
    for name, value in optional.items():
        _check(name, value, _OPTIONAL[name])

    separator = _free_separator([*mandatory.values(), *optional.values()])
    block = _joined(mandatory, separator)
    if len(block.encode()) > MANDATORY_BLOCK_BYTES:
        raise BlockTooLongError(f"the mandatory fields take more than {MANDATORY_BLOCK_BYTES} bytes")
    parts = [FORMAT + UTF8, block]
    if optional:
        parts.append(_joined(optional, separator))
    text = separator.join(parts)
    if len(text.encode()) > TOTAL_BYTES:
        raise TextTooLongError(f"more than the {TOTAL_BYTES} bytes that a QR code holds")
    return text


def sum_in_kopecks(amount: Decimal) -> str:
    """Return the value of ``Sum`` for an amount in roubles, exactly."""
    if not amount.is_finite() or amount <= 0:
        raise AmountOutOfRangeError(f"{amount} can't be paid", "Sum")
    if amount >= Decimal(10) ** 16:
        raise AmountOutOfRangeError("more than 18 digits of kopecks", "Sum")
    # Integers, because a product of Decimals is rounded to the precision of the context.
    numerator, denominator = amount.as_integer_ratio()
    kopecks, remainder = divmod(numerator * 100, denominator)
    if remainder:
        raise AmountNotExactError(f"{amount} has a fraction of a kopeck", "Sum")
    return str(kopecks)


def parse(text: str) -> dict[str, str]:
    """Return the fields of a payment text by name, in their order.

    For tests and tools: it takes the text apart and judges no field.
    """
    if not re.match(f"{FORMAT}[123][^=0-9A-Za-z]", text):
        raise NotAPaymentTextError(f"doesn't begin with {FORMAT}, an encoding and a separator")
    separator = text[7]
    fields: dict[str, str] = {}
    for part in text[8:].split(separator):
        # A value may hold `=` itself, a name never does.
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise NotAPaymentTextError("a part of it isn't name=value")
        if name in fields:
            raise NotAPaymentTextError("given twice", name)
        fields[name] = value
    return fields


def _check(name: str, value: str, rule: _Rule) -> None:
    if rule.longest and len(value) > rule.longest:
        raise FieldTooLongError(f"{len(value)} characters, at most {rule.longest} are allowed", name)
    if rule.form and not rule.form.fullmatch(value):
        raise FieldMalformedError(f"must be {rule.form_in_words}", name)
    if any(unicodedata.category(char) in _UNPRINTABLE for char in value):
        raise FieldMalformedError("has a line break or another control character", name)


def _free_separator(values: Iterable[str]) -> str:
    used = frozenset().union(*values)
    for candidate in PREFERRED_SEPARATOR + SPARE_SEPARATORS:
        if candidate not in used:
            return candidate
    raise NoSeparatorError("the values contain every possible separator")


def _joined(fields: Mapping[str, str], separator: str) -> str:
    return separator.join(f"{name}={value}" for name, value in fields.items())
