"""Payments' configuration: payment systems, the fiscal operator, the profiles' sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from chassis.profiles import ProfileFiles, ProviderCore
from contracts.origins import origins_of
from services.payments.adapters.atol import make_operator
from services.payments.adapters.callbacks import Callbacks
from services.payments.adapters.registry import make_systems
from services.payments.domain.fiscal import Company
from services.payments.ports.fiscal_operators import FiscalOperator
from services.payments.ports.payment_systems import PaymentSystem


class ReceiptEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[payments.receipt]`` of a provider."""

    email: str
    sno: str
    inn: str
    payment_address: str
    vat: str
    item_name: str


class PaymentsProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[payments]`` of a provider: systems, the first one by default; a fiscal receipt where the law wants one."""

    systems: list[str]
    receipt: ReceiptEntry | None = None


@dataclass(frozen=True)
class PaymentTools:
    """What payments' handlers need."""

    core: dict[str, ProviderCore]
    profiles: dict[str, PaymentsProfile]
    #: Those whose payments need a fiscal receipt.
    companies: dict[str, Company]
    systems: dict[str, PaymentSystem]
    operator: FiscalOperator
    callbacks: Callbacks
    #: Whose pages a customer may be sent back to.
    return_origins: frozenset[str]


def payment_tools(config: dict[str, Any]) -> PaymentTools:
    """From the environment and the profiles; faults are reported together."""
    env = config["env"]
    systems, operator = make_systems(env), make_operator(env)
    callbacks = Callbacks(env.text("PUBLIC_URL"), env.text("SERVICE_KEY"))
    return_origins, strange = origins_of(env.text("RETURN_ORIGINS"))
    env.faults += [f"RETURN_ORIGINS: {one!r} is no origin" for one in strange]
    env.check()
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("payments", PaymentsProfile)
    for provider, profile in profiles.items():
        for system in profile.systems:
            if system not in systems:
                files.faults.append(f"{provider}.toml [payments] systems: {system!r} has no adapter")
    files.check()
    companies = {
        provider: Company(**msgspec.structs.asdict(profile.receipt))
        for provider, profile in profiles.items()
        if profile.receipt is not None
    }
    return PaymentTools(files.core, profiles, companies, systems, operator, callbacks, return_origins)
