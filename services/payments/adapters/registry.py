"""Which payment systems there are. Adding one is one adapter and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chassis.configuration import Environment
from services.payments.adapters.yookassa_system import make_yookassa
from services.payments.ports.payment_systems import PaymentSystem

MAKERS: Final[dict[str, Callable[[Environment], PaymentSystem]]] = {"yookassa": make_yookassa}


def make_systems(env: Environment) -> dict[str, PaymentSystem]:
    """Every configured system."""
    return {name: make(env) for name, make in MAKERS.items()}
