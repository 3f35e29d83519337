"""What was wrong with a request."""

from __future__ import annotations

from contracts.errors import CabinetError


def faults_of(error: CabinetError) -> list[str]:
    """Pointers to the fields, in the order of the answer."""
    return [fault["pointer"] for fault in error.fields["errors"]]
