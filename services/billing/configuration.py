"""Billing's section of the provider profiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from stdnum import iban

from chassis.profiles import ProfileFiles, ProviderCore
from services.billing.domain.deadlines import DeadlineRule
from services.billing.domain.payment_qr import Payee, PaymentQrError, payment_string
from services.billing.domain.tariff_kinds import KINDS
from services.billing.domain.tariffs import Tariff, TariffVersion


class DeadlineEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A dated rule for bills and payments."""

    from_: date
    bill_day: int
    pay_day: int
    early_day: int | None = None


class VersionEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Prices from a day on, VAT included."""

    from_: date
    vat: Decimal
    prices: dict[str, Decimal]
    heat_per_unit: Decimal | None = None
    norm_per_area: Decimal | None = None


class TariffEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tariff."""

    id: str
    resource: str
    kind: str
    unit: str
    versions: list[VersionEntry]


class GostPayee(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="form", tag="gost"
):
    """Bank details in Russia: they make the payment code of GOST R 56042-2014, too."""

    name: str
    personal_acc: str
    bank_name: str
    bic: str
    corresp_acc: str
    inn: str
    kpp: str


class IbanPayee(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="form", tag="iban"
):
    """Bank details in Ukraine; bills carry them without a code."""

    name: str
    iban: str
    bank_name: str
    mfo: str
    edrpou: str


class BillingProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[billing]`` of a provider."""

    legal_name: str
    deadlines: list[DeadlineEntry]
    payee: GostPayee | IbanPayee
    tariffs: list[TariffEntry]
    norms: dict[str, Decimal]


@dataclass(frozen=True)
class ProviderRules:
    """A provider's rules, ready for the domain."""

    core: ProviderCore
    legal_name: str
    payee: Payee | IbanPayee
    deadlines: tuple[DeadlineRule, ...]
    tariffs: dict[str, Tariff]
    norms: dict[str, Decimal]


@dataclass(frozen=True)
class BillingTools:
    """What billing's handlers need."""

    rules: dict[str, ProviderRules]


def billing_tools(config: dict[str, Any]) -> BillingTools:
    """From the profiles; faults are reported together."""
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("billing", BillingProfile)
    rules = {}
    for provider, profile in profiles.items():
        if provider not in files.core:
            continue
        if not profile.deadlines or not all(tariff.versions for tariff in profile.tariffs):
            files.faults.append(f"{provider}.toml [billing]: deadlines and tariff versions must not be empty")
            continue
        for tariff in profile.tariffs:
            if tariff.kind not in KINDS:
                files.faults.append(f"{provider}.toml [billing.tariffs] {tariff.id}: kind {tariff.kind!r}")
        rules[provider] = _rules(files.core[provider], profile)
        files.faults += [
            f"{provider}.toml [billing.payee]: {fault}" for fault in _faults(rules[provider].payee)
        ]
    files.check()
    return BillingTools(rules)


def iban_is_sound(number: str) -> bool:
    """ISO 13616, without blanks: the country's form and length, check digits by ISO 7064 MOD 97-10."""
    return number == iban.compact(number) and iban.is_valid(number)


def _faults(payee: Payee | IbanPayee) -> list[str]:
    """What is wrong with the bank details."""
    if isinstance(payee, IbanPayee):
        return [] if iban_is_sound(payee.iban) else ["iban: its length or check digits are wrong"]
    try:
        payment_string(payee, {})
    except PaymentQrError as error:
        return [str(error)]
    return []


def _rules(core: ProviderCore, profile: BillingProfile) -> ProviderRules:
    return ProviderRules(
        core=core,
        legal_name=profile.legal_name,
        payee=Payee(**msgspec.structs.asdict(profile.payee))
        if isinstance(profile.payee, GostPayee)
        else profile.payee,
        deadlines=tuple(
            DeadlineRule(entry.from_, entry.bill_day, entry.pay_day, entry.early_day)
            for entry in sorted(profile.deadlines, key=lambda entry: entry.from_)
        ),
        tariffs={
            entry.id: KINDS[entry.kind](
                entry.id,
                entry.resource,
                entry.unit,
                tuple(
                    TariffVersion(v.from_, v.vat, v.prices, v.heat_per_unit, v.norm_per_area)
                    for v in sorted(entry.versions, key=lambda v: v.from_)
                ),
            )
            for entry in profile.tariffs
            if entry.kind in KINDS  # what is not has been told as a fault
        },
        norms=profile.norms,
    )
