"""Provider profiles: one TOML file a supplier, every rule that differs between suppliers.

A service reads its own section with its own struct. Everything wrong in any file is reported at once, at start,
with file and place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from chassis.configuration import ConfigurationError

Section = TypeVar("Section", bound=msgspec.Struct)


class ProviderCore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[provider]``: what every service may need to know of a supplier."""

    id: str
    name: dict[str, str]
    currency: str
    time_zone: str
    resources: list[str]

    @property
    def zone(self) -> ZoneInfo:
        """The supplier's time zone: its days and months begin there."""
        return ZoneInfo(self.time_zone)


class ProfileFiles:
    """The raw profiles of a folder; ``section`` reads one part of each."""

    def __init__(self, folder: str) -> None:
        self._raw: dict[str, dict[str, Any]] = {}
        self.faults: list[str] = []
        paths = sorted(Path(folder).glob("*.toml"))
        if not paths:
            self.faults.append(f"no provider profiles in {folder}")
        for path in paths:
            try:
                raw = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, tomllib.TOMLDecodeError) as error:
                self.faults.append(f"{path.name}: {error}")
                continue
            if raw.get("provider", {}).get("id") != path.stem:
                self.faults.append(f"{path.name}: [provider] id must be {path.stem!r}")
                continue
            self._raw[path.stem] = raw
        self.core = self.section("provider", ProviderCore)
        for provider, core in self.core.items():
            try:
                _ = core.zone
            except Exception:
                self.faults.append(f"{provider}.toml: unknown time zone {core.time_zone!r}")

    def section(self, name: str, kind: type[Section]) -> dict[str, Section]:
        """The section of every provider, by provider id; faults are collected for ``check``."""
        found: dict[str, Section] = {}
        for provider, raw in self._raw.items():
            if name not in raw:
                self.faults.append(f"{provider}.toml: [{name}] is missing")
                continue
            floats = list(_floats(raw[name], ""))
            for place, number in floats:
                self.faults.append(f"{provider}.toml [{name}] {place}: write {number} in quotes")
            if floats:
                continue
            try:
                found[provider] = msgspec.convert(raw[name], kind, strict=False)
            except msgspec.ValidationError as error:
                self.faults.append(f"{provider}.toml [{name}]: {error}")
        return found

    def check(self) -> None:
        """Raise ConfigurationError if anything was wrong."""
        if self.faults:
            raise ConfigurationError("provider profiles: " + "; ".join(self.faults))


def _floats(value: Any, place: str) -> Iterator[tuple[str, float]]:
    """Money in TOML is written as text; a bare 4.15 would pass through a binary float, so it is refused."""
    if isinstance(value, float):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _floats(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _floats(item, f"{place}[{number}]")
