"""Metering's section of the provider profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from chassis.profiles import ProfileFiles, ProviderCore
from contracts.zones import EXPORT
from services.metering.domain.alerts import KINDS as ALERT_KINDS
from services.metering.domain.alerts import THRESHOLDS, Threshold
from services.metering.domain.consumption.zones import (
    SINGLE,
    Schedule,
    ScheduleFaultError,
    one_zone,
    read_schedule,
)
from services.metering.domain.guests import ADDRESS, METER_SERIAL
from services.metering.domain.jumps import JumpRule
from services.metering.domain.vee.limits import LIMITS, WATER, Limits
from services.metering.domain.windows import OPEN, Span, Window, WindowFaultError, read_days


class SpanEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days of a month (``15..25``, ``last-6..last``) and what is done with a reading sent on them."""

    days: str
    taken: str = OPEN
    counts_for: str = "this_month"
    in_time: bool | None = None


class GuestEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering.guest]``: readings without signing in (MT-5); how many an hour."""

    proof: str = METER_SERIAL
    an_hour_per_client: int = 20
    an_hour_per_account: int = 4
    an_hour_per_provider: int = 3_000


class LimitsEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering.vee.limits]`` of a resource, in its unit; what is left out stays as domain/vee/limits.py has it."""

    most_an_hour: Decimal | None = None
    spike_floor_an_hour: Decimal | None = None
    spike_factor: Decimal | None = None
    stuck_hours: int | None = None
    zero_days: int | None = None
    high_factor: Decimal | None = None
    low_factor: Decimal | None = None
    sum_floor: Decimal | None = None
    sum_share: Decimal | None = None
    short_minutes: int | None = None
    doubtful_flags: frozenset[str] | None = None
    outage_flags: frozenset[str] | None = None

    def over(self, limits: Limits) -> Limits:
        """The limits with what is said here."""
        said = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        for name in ("most_an_hour", "spike_floor_an_hour", "sum_floor"):
            if name in said:
                said[name] = int(said[name] * 1000)
        for name in ("spike_factor", "high_factor", "low_factor", "sum_share"):
            if name in said:
                said[name] = float(said[name])
        return replace(limits, **said)


class VeeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering.vee]`` (MT-9): how long late data is waited for, and thresholds by resource."""

    grace_hours: int = 6
    limits: dict[str, LimitsEntry] = {}


class AlertEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering.alerts.<resource>]``, one kind of alert on use (MT-13); ``floor`` in the unit."""

    outer: Decimal = Decimal(1)
    inner: Decimal = Decimal(1)
    floor: Decimal = Decimal(0)
    raise_after: int = 2
    clear_after: int = 1
    enabled: bool = True


class MeteringProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering]`` of a provider."""

    window: tuple[SpanEntry, ...]
    jump_factor: Decimal
    jump_floor: dict[str, Decimal]
    registers: dict[str, dict[str, str]]
    export: dict[str, dict[str, str]] = {}
    units: dict[str, str]
    guest: GuestEntry = GuestEntry()
    # Of interval days and register readings, behind the current month; of receipts of head ends' batches, days.
    months_kept: int = 37
    batch_days_kept: int = 90
    # By kind (electricity-2): the local hours of each zone, by which interval data is told apart (MT-7).
    zones: dict[str, dict[str, list[str]]] = {}
    vee: VeeEntry = VeeEntry()
    alerts: dict[str, dict[str, AlertEntry]] = {}

    @property
    def days(self) -> Window:
        """When readings are taken. Raises WindowFaultError."""
        return _window(self.window)

    def jump(self, resource: str) -> JumpRule:
        """What asks for a confirmation."""
        return JumpRule(self.jump_factor, self.jump_floor[resource])

    def limits(self, resource: str) -> Limits:
        """By which interval data of the resource is judged."""
        return _limits(self.vee, resource)

    def thresholds(self, resource: str) -> dict[str, Threshold]:
        """By kind of alert on use."""
        found = dict(THRESHOLDS.get(resource, {}))
        for kind, entry in self.alerts.get(resource, {}).items():
            found.pop(kind, None)
            if entry.enabled:
                found[kind] = Threshold(
                    entry.outer, entry.inner, int(entry.floor * 1000), entry.raise_after, entry.clear_after
                )
        return found

    def registers_of(self, resource: str, zones: int, *, export: bool = False) -> dict[str, str]:
        """Zone by register of a kind of meter; nothing for a kind that the provider does not have."""
        found = self.registers.get(f"{resource}-{zones}", {})
        return found | self.export.get(resource, {}) if found and export else found

    def schedule(self, resource: str, zones: int) -> Schedule:
        """The zone of each local hour for a kind of meter; one zone where the profile tells none apart."""
        hours = self.zones.get(f"{resource}-{zones}")
        return one_zone(SINGLE) if hours is None else read_schedule(hours)


def _limits(entry: VeeEntry, resource: str) -> Limits:
    limits = LIMITS.get(resource, WATER)
    return entry.limits[resource].over(limits) if resource in entry.limits else limits


@lru_cache(maxsize=256)
def _window(entries: tuple[SpanEntry, ...]) -> Window:
    return Window(
        [
            Span(
                *read_days(entry.days),
                entry.taken,
                entry.counts_for,
                entry.taken == OPEN if entry.in_time is None else entry.in_time,
            )
            for entry in entries
        ]
    )


@dataclass(frozen=True)
class MeteringTools:
    """What metering's handlers need."""

    core: dict[str, ProviderCore]
    profiles: dict[str, MeteringProfile]


def metering_tools(config: dict[str, Any]) -> MeteringTools:
    """From the profiles; faults are reported together."""
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("metering", MeteringProfile)
    for provider, profile in profiles.items():
        resources = files.core[provider].resources if provider in files.core else []
        files.faults += [f"{provider}.toml [metering] {fault}" for fault in _faults(profile, resources)]
    files.check()
    return MeteringTools(files.core, profiles)


def _faults(profile: MeteringProfile, resources: list[str]) -> Iterator[str]:
    """What no type can say."""
    try:
        _ = profile.days
    except WindowFaultError as fault:
        yield f"window: {fault}"
    for resource in resources:
        if resource not in profile.units:
            yield f"units: {resource} is missing"
        if resource not in profile.jump_floor:
            yield f"jump_floor: {resource} is missing"
    for kind, codes in profile.registers.items():
        resource, _, zones = kind.rpartition("-")
        if resource not in profile.units or zones != str(len(codes)) or EXPORT in codes.values():
            yield f"registers: {kind} is no <resource>-<zones> with a register for each zone"
    for kind, hours in profile.zones.items():
        try:
            named = set(read_schedule(hours))
        except ScheduleFaultError as fault:
            yield f"zones: {kind}: {fault}"
            continue
        if named != set(profile.registers.get(kind, {}).values()):
            yield f"zones: {kind} has other zones than its registers"
    for resource, codes in profile.export.items():
        if resource not in profile.units or set(codes.values()) != {EXPORT}:
            yield f"export: the registers of {resource} count the zone {EXPORT!r}"
    yield from _vee_faults(profile)
    if profile.months_kept < 13 or profile.batch_days_kept < 1:
        yield "months_kept is at least 13 (a year to compare with), batch_days_kept at least 1"
    if profile.guest.proof not in (METER_SERIAL, ADDRESS):
        yield f"guest: proof is {METER_SERIAL} or {ADDRESS}"
    if min(
        profile.guest.an_hour_per_client, profile.guest.an_hour_per_account, profile.guest.an_hour_per_provider
    ) < 1:  # fmt: skip
        yield "guest: a limit is at least 1"


def _vee_faults(profile: MeteringProfile) -> Iterator[str]:
    if not 0 <= profile.vee.grace_hours <= 24 * 14:
        yield "vee: grace_hours is from none to two weeks"
    for resource in profile.vee.limits.keys() - profile.units.keys():
        yield f"vee: limits of {resource}, which has no unit"
    for resource, kinds in profile.alerts.items():
        if resource not in profile.units:
            yield f"alerts: {resource} has no unit"
        for kind, entry in kinds.items():
            if kind not in ALERT_KINDS:
                yield f"alerts: {kind} is none of {', '.join(ALERT_KINDS)}"
            if min(entry.raise_after, entry.clear_after) < 1:
                yield f"alerts: {resource} {kind}: days are at least 1"
