"""Fiscal operators: what an adapter offers, and what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol


class OperatorUnavailableError(Exception):
    """No usable answer, or one that says nothing of the receipt: try again later."""


class OperatorRefusedError(Exception):
    """The receipt itself is refused: as it stands it will never be registered; ``str`` is the operator's code."""


class AttemptFailedError(Exception):
    """This attempt is over without a receipt; another one, under its own number, may succeed. ``str`` is the code."""


class UnknownReceiptError(Exception):
    """The operator knows nothing of a receipt that it had taken."""


@dataclass(frozen=True)
class Registered:
    """A registered receipt's own marks. ``registered_at``: dd.mm.yyyy HH:MM:SS, by the cash register's clock."""

    fiscal_drive: str
    fiscal_document: str
    fiscal_sign: str
    registered_at: str
    total: Decimal


class FiscalOperator(Protocol):
    """An adapter. Every call ends within seconds."""

    def sell(self, document: dict[str, Any]) -> str:
        """Register an income receipt; the operator's id of it. The same external id again gives the first one."""

    def report(self, external_id: str) -> Registered | None:
        """What became of a receipt, by the operator's id: its marks, or None while it waits."""
