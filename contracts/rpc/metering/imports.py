"""Files of meters and readings (MT-1, MT-10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import Period, ProviderId, Request
from contracts.rpc.common import ImportReport


class ImportFileRequest(Request, frozen=True, kw_only=True):
    """CSV: as text, or as the ``file`` itself in base64, whatever its encoding."""

    provider: ProviderId
    csv: Annotated[str, Meta(max_length=5_000_000)] | None = None
    file: Annotated[str, Meta(max_length=6_000_000)] | None = None
    dry_run: bool = False

    def faults(self) -> Iterator[Fault]:
        """One of both ways."""
        if (self.file is None) == (self.csv is None):
            yield Fault("/csv", "one_of", "Send csv or file.")


class ImportMetersRequest(ImportFileRequest, frozen=True, kw_only=True):
    """A file of meters (MT-1)."""


class ImportReadingsRequest(ImportFileRequest, frozen=True, kw_only=True):
    """A file of readings (MT-10), each of the month of its day or all of one ``period``."""

    period: Period | None = None


class ReadingsReport(ImportReport):
    """``unchanged``: lines that were taken before, in an earlier file."""

    unchanged: int
