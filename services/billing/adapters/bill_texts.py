"""A bill of the store as the document that the typesetter prints, in the customer's language (BL-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from contracts.periods import parse_period
from contracts.wording import word, words
from services.billing.adapters.documents.model import (
    BillDocument,
    ChargeRow,
    Loyalty,
    Provider,
    ReadingRow,
    Requisite,
    Totals,
)
from services.billing.configuration import ProviderRules
from services.billing.domain.payment_qr import Payee, payment_string, sum_in_kopecks

#: Of lines that need no note of how they came about: their readings, or their zone, say it.
UNREMARKABLE: Final = ("actual", "export")


def bill_document(
    rules: ProviderRules,
    account: Mapping[str, Any],
    bill: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    language: str,
) -> BillDocument:
    """Everything the bill says."""
    form = words(language, "bill")
    zone = rules.core.zone
    return BillDocument(
        language=language,  # type: ignore[arg-type]
        currency=bill["currency"],
        number=bill["number"] if bill["withdrawn_at"] is None else f"{bill['number']} {form['withdrawn']}",
        issued_on=bill["issued_at"].astimezone(zone).date(),
        period=parse_period(bill["period"]),
        due_on=bill["due_on"],
        provider=Provider(rules.legal_name, _requisites(rules)),
        account_number=account["number"],
        holder=account["holder"],
        address=account["address"],
        charges=tuple(_charge(line, language) for line in lines),
        readings=tuple(
            ReadingRow(
                meter=line["serial"],
                value=line["closing"],
                unit=word(language, "unit", line["unit"]),
                taken_on=line["closing_at"].astimezone(zone).date(),
                source=word(language, "source", line["source"]),
                zone=word(language, "zone", line["zone"]),
            )
            for line in _one_a_register(lines)
        ),
        totals=Totals(
            opening=bill["opening"],
            paid=bill["paid"],
            charged=bill["charged"],
            closing=bill["closing"],
            vat=sum((line["vat"] for line in lines), Decimal(0)),
        ),
        loyalty=Loyalty(_capital(word(language, "level", bill["level"])), bill["points"])
        if bill["level"]
        else None,
        payment_text=payment_text(rules, account, bill),
    )


def payment_text(rules: ProviderRules, account: Mapping[str, Any], bill: Mapping[str, Any]) -> str | None:
    """What the payment code carries (GOST R 56042-2014); None where nothing is to be paid."""
    if bill["closing"] <= 0 or not isinstance(rules.payee, Payee):
        return None
    year, month = bill["period"].split("-")
    return payment_string(
        rules.payee,
        {
            "Sum": sum_in_kopecks(bill["closing"]),
            "Purpose": f"ЛС {account['number']} за {month}.{year}",
            "PersAcc": account["number"],
            "PaymPeriod": f"{month}{year}",
            "QuittId": bill["number"],
        },
    )


def _requisites(rules: ProviderRules) -> tuple[Requisite, ...]:
    payee = rules.payee
    if not isinstance(payee, Payee):
        return (
            Requisite("edrpou", payee.edrpou),
            Requisite("iban", payee.iban),
            Requisite("bank", payee.bank_name),
            Requisite("mfo", payee.mfo),
        )
    return (
        Requisite("inn", payee.inn),
        Requisite("kpp", payee.kpp),
        Requisite("bank_account", payee.personal_acc),
        Requisite("bank", payee.bank_name),
        Requisite("bic", payee.bic),
        Requisite("corresp_account", payee.corresp_acc),
    )


def _one_a_register(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A price that changed in mid-period, or hot water in two parts, makes several lines of one reading."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for line in lines:
        if line["closing"] is not None:
            found.setdefault((line["serial"], line["register"]), line)
    return list(found.values())


def _charge(line: Mapping[str, Any], language: str) -> ChargeRow:
    note = "" if line["kind"] in UNREMARKABLE else word(language, "charge_kind", line["kind"])
    if line["recalculates"]:
        note = f"{note} {line['recalculates']}"
    return ChargeRow(
        service=_capital(word(language, "component", line["component"])),
        amount=line["amount"],
        zone=word(language, "zone", line["zone"]),
        previous=line["opening"],
        current=line["closing"],
        consumption=line["consumption"],
        unit=word(language, "unit", line["unit"]),
        tariff=line["price"],
        vat=line["vat"],
        note=note,
    )


def _capital(text: str) -> str:
    """As it begins a line."""
    return text[:1].upper() + text[1:]
