"""Charges: from what was used to lines with formula, inputs and rule (BL-2, BL-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from contracts.errors import CabinetError
from contracts.money import round_money
from contracts.zones import EXPORT
from services.billing.domain.tariffs import Household, Priced, Tariff, TariffVersion

ACTUAL, AVERAGE, NORM, RECALCULATION = "actual", "average", "norm", "recalculation"
# A credit for what a home gave to the grid (MT-14).
FED_IN = "export"


@dataclass(frozen=True)
class Quantity:
    """What a register counted in a period, between two readings. ``since`` is the period that the opening one closed:
    what was used in later periods is in the consumption."""

    resource: str
    unit: str
    zone: str
    consumption: Decimal
    serial: str | None = None
    register: str | None = None
    opening: Decimal | None = None
    opening_at: datetime | None = None
    closing: Decimal | None = None
    closing_at: datetime | None = None
    source: str | None = None
    kind: str = ACTUAL
    rule: str = ""
    since: str | None = None


@dataclass(frozen=True)
class ChargeLine:
    """One line: ``amount`` = ``consumption`` x ``price``, rounded once; ``vat`` is the part of it that is VAT."""

    kind: str
    resource: str
    component: str
    zone: str
    unit: str
    consumption: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: Decimal
    vat: Decimal
    rule: str
    serial: str | None = None
    register: str | None = None
    opening: Decimal | None = None
    opening_at: datetime | None = None
    closing: Decimal | None = None
    closing_at: datetime | None = None
    source: str | None = None
    recalculates: str | None = None


def vat_within(amount: Decimal, rate: Decimal) -> Decimal:
    """The VAT that an amount including it contains."""
    return round_money(amount * rate / (100 + rate))


def charge(tariff: Tariff, period: str, quantities: Sequence[Quantity]) -> list[ChargeLine]:
    """Lines for what was used under a tariff, and credits for what was given to the grid.

    Raises ``tariff_missing`` for a zone without a price; a tariff without one for export gives no credit.
    """
    lines: list[ChargeLine] = []
    for quantity in quantities:
        if quantity.zone == EXPORT:
            lines += _credit(tariff, period, quantity)
            continue
        for version, share, note in _split(tariff, period, quantity.consumption):
            lines += _lines(tariff, version, replace(quantity, consumption=share), note)
    return lines


def _credit(tariff: Tariff, period: str, quantity: Quantity) -> list[ChargeLine]:
    return [
        _line(
            tariff,
            version,
            replace(quantity, kind=FED_IN),
            Priced(EXPORT, tariff.resource, quantity.unit, -share, note),
        )
        for version, share, note in _split(tariff, period, quantity.consumption)
        if EXPORT in version.prices
    ]


def charge_unmetered(tariff: Tariff, period: str, home: Household) -> list[ChargeLine]:
    """What a home without a meter is charged, by the norm; no later reading will replace it."""
    norm = tariff.unmetered(period, home)
    if norm is None:
        return []
    quantity = Quantity(tariff.resource, tariff.unit, norm.zone, norm.used, kind=NORM, rule=norm.rule)
    return charge(tariff, period, [quantity])


def storno(line: ChargeLine, period: str) -> ChargeLine:
    """The line that takes an estimated charge of an earlier period back, now that a reading is there (BL-3)."""
    return replace(
        line,
        kind=RECALCULATION,
        consumption=-line.consumption,
        amount=-line.amount,
        vat=-line.vat,
        rule=f"estimate of {period} replaced by the reading",
        recalculates=period,
    )


def _split(tariff: Tariff, period: str, consumption: Decimal) -> list[tuple[TariffVersion, Decimal, str]]:
    shares = tariff.shares(period)
    if len(shares) == 1:
        return [(shares[0][0], consumption, "")]
    parts: list[tuple[TariffVersion, Decimal, str]] = []
    rest = consumption
    for version, days, total in shares[:-1]:
        part = (consumption * days / total).quantize(Decimal("0.001"))
        rest -= part
        parts.append((version, part, f", {days} of {total} days"))
    version, days, total = shares[-1]
    parts.append((version, rest, f", {days} of {total} days"))
    return parts


def _lines(tariff: Tariff, version: TariffVersion, quantity: Quantity, note: str) -> list[ChargeLine]:
    parts = tariff.priced(version, quantity.zone, quantity.unit, quantity.consumption)
    return [_line(tariff, version, quantity, replace(part, note=part.note + note)) for part in parts]


def _line(tariff: Tariff, version: TariffVersion, quantity: Quantity, part: Priced) -> ChargeLine:
    price = version.prices.get(part.price_of)
    if price is None:
        raise CabinetError("tariff_missing", tariff=tariff.id, zone=part.price_of)
    amount = round_money(part.used * price)
    return ChargeLine(
        kind=quantity.kind,
        resource=quantity.resource,
        component=part.component,
        zone=quantity.zone,
        unit=part.unit,
        consumption=part.used,
        price=price,
        amount=amount,
        vat_rate=version.vat,
        vat=vat_within(amount, version.vat),
        rule=f"{tariff.id} of {version.valid_from.isoformat()}{part.note}"
        + (f"; {quantity.rule}" if quantity.rule else ""),
        serial=quantity.serial,
        register=quantity.register,
        opening=quantity.opening,
        opening_at=quantity.opening_at,
        closing=quantity.closing,
        closing_at=quantity.closing_at,
        source=quantity.source,
    )
