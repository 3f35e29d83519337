"""Automated readings (MT-8): many batches in one transaction, each value new, a duplicate, a correction or a reject.

Rows of a key are written in one statement for all messages; what was there already is locked, compared and merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import msgspec

from chassis.clock import local_day
from chassis.transaction import Transaction
from contracts.ami import BatchReceipt, Rejected
from contracts.errors import CabinetError
from contracts.events.metering import AutomatedReadingsStored
from contracts.periods import period_of
from services.metering.configuration import MeteringTools
from services.metering.domain.entries import (
    BadEntry,
    Entry,
    EntryRefusedError,
    MeterBatch,
    RegisterEntry,
    RunEntry,
    values_of,
)
from services.metering.domain.intervals import MisalignedError, by_local_day
from services.metering.domain.moments import CLOCK_SKEW, EARLIEST
from services.metering.domain.obis import EXPORT_CHANNEL, INTERVAL_CHANNELS, MEDIA, NOT_SAID
from services.metering.domain.registers import MeterFace, check_shape
from services.metering.handlers.ingest_writing import Arranged, Work, write_days, write_registers
from services.metering.store import ami, ami_batches
from services.metering.store.ami import AmiMeter
from services.metering.store.ami_readings import AmiReading


class Incoming(msgspec.Struct, gc=False):
    """A batch with the provider of its routing key, and the count of what became of its values."""

    provider: str
    batch: MeterBatch
    fresh: bool = False
    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0
    rejected: list[Rejected] = []
    #: What makes a batch the same batch.
    key: str = ""

    def __post_init__(self) -> None:
        if self.batch.key:
            self.key = ami_batches.batch_key(self.provider, self.batch.head_end, self.batch.key)

    @property
    def name(self) -> str:
        """The batch's id, for the versions that it replaced."""
        return self.batch.batch

    def receipt(self) -> str:
        """The answer, as JSON."""
        return msgspec.json.encode(
            BatchReceipt(
                batch=self.batch.batch,
                accepted=self.accepted,
                duplicates=self.duplicates,
                corrected=self.corrected,
                rejected=sorted(self.rejected, key=lambda item: item.index),
                test=self.batch.test,
            )
        ).decode()


class TakenMeanwhileError(CabinetError):
    """Another transaction took one of the batches after they were looked up: all over again, now it is known."""

    def __init__(self) -> None:
        super().__init__("service_unavailable", "The same batch is being taken elsewhere.")


@dataclass(slots=True)
class Prepared:
    """Batches of one transaction in the order they came, the first of each id that is new, and what these want
    written."""

    now: datetime
    incoming: Sequence[Incoming]
    fresh: dict[str, Incoming]
    known: dict[str, str]
    work: Arranged


def prepare(
    tx: Transaction,
    tools: MeteringTools,
    now: datetime,
    incoming: Sequence[Incoming],
    *,
    look_up_known: bool = True,
) -> Prepared:
    """Look up what is known and sort what the new batches say; entries that do not fit are rejected. Writes nothing.

    Without ``look_up_known`` all batches are taken for new, and `store` raises TakenMeanwhileError if one is not.
    """
    now = now.astimezone(UTC)
    known: dict[str, str] = {}
    if look_up_known and incoming:
        known = ami_batches.known_batches(tx, [item.key for item in incoming if item.key])
    fresh: dict[str, Incoming] = {}
    for item in incoming:
        if not item.key:
            _refuse_all(item)
        elif item.key not in known:
            item.fresh = fresh.setdefault(item.key, item) is item
    work = Arranged(_sort(tx, tools, now, list(fresh.values())))
    return Prepared(now, incoming, fresh, known, work)


def store(tx: Transaction, prepared: Prepared) -> list[str]:
    """Store all; the receipts in the order of the batches. A batch that was taken before gets its first receipt."""
    work, now = prepared.work, prepared.now
    completed = write_registers(tx, work, now)
    write_days(tx, work, now)
    receipts = {key: item.receipt() for key, item in prepared.fresh.items()}
    if receipts and ami_batches.remember_batches(tx, receipts, now) != len(receipts):
        raise TakenMeanwhileError
    for event in completed:
        tx.emit(event)
    return [
        (prepared.known.get(item.key) or receipts[item.key]) if item.key else item.receipt()
        for item in prepared.incoming
    ]


def _refuse_all(item: Incoming) -> None:
    """A batch that cannot be known again: it is answered, and forgotten."""
    item.rejected = [
        Rejected(index=entry.place, code=entry.code, detail=entry.detail, values=entry.values)
        for entry in item.batch.entries
        if isinstance(entry, BadEntry)
    ]


def _sort(tx: Transaction, tools: MeteringTools, now: datetime, batches: list[Incoming]) -> Work:
    """What is to be written, by key; entries that do not fit are rejected."""
    wanted = {
        (item.provider, entry.meter)
        for item in batches
        for entry in item.batch.entries
        # No text of the database can hold a zero byte: no such meter, and not the whole batch's fault.
        if not isinstance(entry, BadEntry) and "\0" not in entry.meter
    }
    found = ami.meters_with_serials(tx, wanted)
    work = Work()
    latest = now + CLOCK_SKEW
    for item in batches:
        for entry in item.batch.entries:
            try:
                _sort_entry(work, tools, latest, item, entry, found)
            except EntryRefusedError as refused:
                item.rejected.append(
                    Rejected(
                        index=entry.place, code=refused.code, detail=refused.detail, values=values_of(entry)
                    )
                )
    return work


def _sort_entry(
    work: Work,
    tools: MeteringTools,
    latest: datetime,
    item: Incoming,
    entry: Entry,
    found: dict[tuple[str, str], list[AmiMeter]],
) -> None:
    if isinstance(entry, BadEntry):
        raise EntryRefusedError(entry.code, entry.detail)
    meters = found.get((item.provider, entry.meter))
    if not meters:
        raise EntryRefusedError("unknown_meter", "no meter with this serial")
    if isinstance(entry, RunEntry):
        _sort_run(work, tools, latest, item, entry, meters)
    else:
        _sort_register(work, tools, latest, item, entry, meters)


def _in_place(meters: list[AmiMeter], first: date, last: date) -> AmiMeter:
    """The meter with the serial that stood in its place on these days. The day on which one was removed is still its
    own: at what hour, nobody has noted."""
    for meter in meters:
        if meter.installed_on <= first and (meter.removed_on is None or last <= meter.removed_on):
            return meter
    raise EntryRefusedError("not_in_place", "no meter with this serial was in place then")


def _check_medium(medium: int, meter: AmiMeter) -> None:
    if medium not in (NOT_SAID, MEDIA.get(meter.resource, NOT_SAID)):
        raise EntryRefusedError("unknown_register", f"medium {medium} is not that of the meter")


def _sort_run(
    work: Work,
    tools: MeteringTools,
    latest: datetime,
    item: Incoming,
    entry: RunEntry,
    meters: list[AmiMeter],
) -> None:
    if entry.code not in INTERVAL_CHANNELS:
        raise EntryRefusedError("unknown_register", "no such interval channel")
    start = _moment(entry.start, latest)
    last = entry.values.last()
    if last >= 0 and start + _minutes(entry.step * (last + 1)) > latest:
        raise EntryRefusedError("time_in_future", "the time has not come yet")
    try:
        slices = by_local_day(start, entry.step, entry.values, tools.core[item.provider].zone, entry.flags)
    except MisalignedError:
        raise EntryRefusedError("time_misaligned", "from is not on the grid of step") from None
    if not slices:
        return
    meter = _in_place(meters, slices[0].day, slices[-1].day)
    _check_medium(entry.medium, meter)
    if entry.code == EXPORT_CHANNEL and not meter.exports:
        raise EntryRefusedError("unknown_register", "the meter has no register for export")
    for part in slices:
        if part.values.count or part.flags:
            work.add_slice((meter.id, entry.code, part.day), item, part, entry.step, entry.place)


def _sort_register(
    work: Work,
    tools: MeteringTools,
    latest: datetime,
    item: Incoming,
    entry: RegisterEntry,
    meters: list[AmiMeter],
) -> None:
    moment = _moment(entry.at, latest)
    zone = tools.core[item.provider].zone
    # A reading at midnight ends the day before, and may be the last one of a meter, or the first.
    meter = _in_place(meters, _day(moment, zone), _day_that_ends(moment, zone))
    _check_medium(entry.medium, meter)
    if entry.code not in meter.registers:
        raise EntryRefusedError("unknown_register", "the meter has no such register")
    try:
        check_shape(_face(meter.digits, meter.decimals), entry.code, entry.value)
    except CabinetError as error:
        raise EntryRefusedError("value_unfit", error.detail) from None
    period, closes = _period(moment, zone)
    reading = AmiReading(meter.id, entry.code, moment, entry.value, period, 10**meter.digits, entry.place)
    work.add_reading(item, reading)
    if closes:
        work.closings[meter.id, moment] = AutomatedReadingsStored(
            account=meter.account,
            provider=item.provider,
            meter=meter.id,
            serial=meter.serial,
            period=period,
            at=moment,
        )


@lru_cache(maxsize=256)
def _face(digits: int, decimals: int) -> MeterFace:
    """Head ends read more decimals than the meter's face shows."""
    return MeterFace(digits, max(decimals, 3))


@lru_cache(maxsize=4096)
def _period(moment: datetime, zone: tzinfo) -> tuple[str, bool]:
    """The month that a reading belongs to, and whether it closes it: midnight ends the day before it, so that of the
    1st closes the month."""
    period = period_of(local_day(moment - timedelta(seconds=1), zone))
    return period, period_of(local_day(moment, zone)) != period


@lru_cache(maxsize=4096)
def _day(moment: datetime, zone: tzinfo) -> date:
    return local_day(moment, zone)


@lru_cache(maxsize=4096)
def _day_that_ends(moment: datetime, zone: tzinfo) -> date:
    return local_day(moment - timedelta(seconds=1), zone)


@lru_cache(maxsize=1024)
def _minutes(count: int) -> timedelta:
    """Runs have the same few lengths."""
    return timedelta(minutes=count)


def _moment(moment: datetime, latest: datetime) -> datetime:
    """In UTC."""
    moment = _utc(moment)
    if moment > latest:
        raise EntryRefusedError("time_in_future", "the time has not come yet")
    return moment


@lru_cache(maxsize=4096)
def _utc(moment: datetime) -> datetime:
    """All meters of a head end are read at the same moments."""
    if moment.tzinfo is None:
        raise EntryRefusedError("time_unfit", "times need an offset")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise EntryRefusedError("time_unfit", "no meter was read then") from None
    if moment < EARLIEST:
        raise EntryRefusedError("time_unfit", "no meter was read then")
    return moment
