"""Readings without signing in (MT-5)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import AddressPart, Id, Moment, ProviderId, Request, Serial, Volume
from contracts.rpc.metering.base import RegisterValues
from contracts.rpc.words import GuestReadingState, Resource


class GuestReadingsRequest(Request, frozen=True, kw_only=True):
    """MT-5: the account, the proof that its provider asks for, the values of one meter."""

    provider: ProviderId
    number: Annotated[str, Meta(min_length=1, max_length=32)]
    serial: Serial = ""
    resource: Annotated[str, Meta(max_length=32)] = ""
    house: AddressPart = ""
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""
    values: RegisterValues


class GuestQueueRequest(Request, frozen=True, kw_only=True):
    """Oldest first; ``cursor`` is ``next`` of the page before."""

    provider: ProviderId | None = None
    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class DecideGuestRequest(Request, frozen=True, kw_only=True):
    """MT-5: take a queued reading or not; ``meter`` where it is not plain which one is meant."""

    reading: UUID
    accept: bool
    meter: UUID | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class GuestReceived(msgspec.Struct):
    """It came in. The answer is the same whatever was sent."""

    received: bool


class GuestReading(msgspec.Struct):
    """What somebody sent without signing in, and the code of what kept it from being taken."""

    reading: Id
    provider: ProviderId
    account_number: str
    account: Id
    serial: str | None
    resource: Resource | None
    proof: dict[str, str]
    values: dict[str, Volume]
    received_at: Moment
    reason: str | None


class GuestQueue(msgspec.Struct):
    """Oldest first."""

    readings: list[GuestReading]
    next: Id | None


class Decided(msgspec.Struct):
    """Its state from now on; ``submission`` if it counts."""

    reading: Id
    state: GuestReadingState
    submission: Id | None
