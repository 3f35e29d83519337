"""All lines of one account's bill: actual use, estimates where readings are missing, and their recalculation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from contracts.zones import EXPORT
from services.billing.domain.charges import AVERAGE, ChargeLine, Quantity, charge, charge_unmetered, storno
from services.billing.domain.history import Used
from services.billing.domain.missing import estimate
from services.billing.domain.tariffs import Household, Tariff


@dataclass(frozen=True)
class Register:
    """A register without a closing reading."""

    serial: str
    register: str
    opening: Decimal | None
    opening_at: datetime | None


@dataclass(frozen=True)
class AccountFacts:
    """What a bill is computed from. ``zones`` are those of the meters in place, by resource."""

    tariffs: Sequence[Tariff]
    people: int
    area: Decimal
    norms: Mapping[str, Decimal]
    zones: Mapping[str, Sequence[str]]
    quantities: Sequence[Quantity]
    history: Mapping[tuple[str, str], Sequence[Used]]
    # Estimated lines of earlier periods, with those periods, that no reading has replaced yet.
    open_estimates: Sequence[tuple[str, ChargeLine]]
    # By (resource, zone): the one register that counts it, with its last reading; none where several do.
    registers: Mapping[tuple[str, str], Register] = field(default_factory=dict)

    def home(self, resource: str) -> Household:
        """What counts of the home where no meter does."""
        return Household(self.people, self.area, self.norms.get(resource))


@dataclass(frozen=True)
class Replaced:
    """An earlier estimate that a bill takes back."""

    resource: str
    period: str


def charge_account(facts: AccountFacts, period: str) -> tuple[list[ChargeLine], set[Replaced]]:
    """Lines of the period, and the earlier estimates that they replace."""
    lines: list[ChargeLine] = []
    replaced: set[Replaced] = set()
    for tariff in facts.tariffs:
        resource = tariff.resource
        zones = [zone for zone in facts.zones.get(resource, ()) if zone != EXPORT]
        counted = [quantity for quantity in facts.quantities if quantity.resource == resource]
        quantities = [quantity for quantity in counted if quantity.zone != EXPORT]
        if zones and len(quantities) == len(zones):
            earlier = covered_estimates(facts.open_estimates, quantities)
            lines += [storno(line, p) for p, line in earlier]
            replaced |= {Replaced(resource, p) for p, _ in earlier}
            lines += charge(tariff, period, quantities)
        elif zones:
            lines += charge(tariff, period, _estimated(facts, tariff, period, zones))
        else:
            lines += charge_unmetered(tariff, period, facts.home(resource))
        # Nothing is assumed of what goes to the grid: without a reading there is no credit (MT-14).
        lines += charge(tariff, period, [quantity for quantity in counted if quantity.zone == EXPORT])
    return lines, replaced


def covered_estimates(
    estimates: Sequence[tuple[str, ChargeLine]], quantities: Sequence[Quantity]
) -> list[tuple[str, ChargeLine]]:
    """Those of a resource whose period lies between the readings that its quantities stand on. An estimate of a period
    before the first reading of all stays: nothing else was charged for that period, nor ever will be."""
    resource = quantities[0].resource
    since = max((quantity.since or "" for quantity in quantities), default="")
    return [(p, line) for p, line in estimates if line.resource == resource and p > since]


def _estimated(facts: AccountFacts, tariff: Tariff, period: str, meters: Sequence[str]) -> list[Quantity]:
    # Several meters may count the same zone: its history is theirs together, and so is the estimate.
    zones = list(dict.fromkeys(meters))
    history = {zone: facts.history.get((tariff.resource, zone), ()) for zone in zones}
    # In a row: what was estimated before the last reading is of no matter now.
    last = max((used.period for zone in zones for used in history[zone][:1]), default="")
    before = {
        p
        for p, line in facts.open_estimates
        if line.resource == tariff.resource and line.kind == AVERAGE and last < p < period
    }
    norm, rule = tariff.norm(period, facts.home(tariff.resource))
    found = estimate(tariff.resource, tariff.unit, zones, history, period, len(before), norm, rule)
    return [_with_register(quantity, facts.registers) for quantity in found]


def _with_register(quantity: Quantity, registers: Mapping[tuple[str, str], Register]) -> Quantity:
    """With the reading from which a later recalculation will count."""
    known = registers.get((quantity.resource, quantity.zone))
    if known is None:
        return quantity
    return replace(
        quantity,
        serial=known.serial,
        register=known.register,
        opening=known.opening,
        opening_at=known.opening_at,
    )
