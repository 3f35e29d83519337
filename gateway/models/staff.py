"""What staff work with."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contracts.rpc.base import Period, ProviderId, Reason


class ImportFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A supplier's file as CSV text; a dry run only reports."""

    provider: ProviderId
    csv: Annotated[str, msgspec.Meta(max_length=5_000_000)]
    dry_run: bool = False


class NewRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's month, ``YYYY-MM``."""

    provider: ProviderId
    period: Period


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why bills are taken back."""

    reason: Reason
