"""Alerts on use (MT-13): what the newest days of channels say, and what becomes of their alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from prometheus_client import Counter

from chassis.transaction import Transaction
from contracts.identifiers import new_id
from contracts.transitions import Edge
from services.metering.configuration import MeteringTools
from services.metering.domain import alerts
from services.metering.domain.alerts import LOOK_BACK, RECENT, Alert, Signal, Use
from services.metering.domain.intervals import MILLI
from services.metering.domain.obis import EXPORT_CHANNEL
from services.metering.domain.vee.screening import Channel, Figures
from services.metering.store import alerts as store

ALERTS = Counter("usage_alerts_total", "Alerts on use", ["kind", "state"])


def evaluate(
    tx: Transaction, tools: MeteringTools, now: datetime, news: Sequence[tuple[Any, Figures | None, Channel]]
) -> None:
    """What new days of channels say, in their order: (the due row, the day's figures, the channel's after it)."""
    recent = [
        (row, figures, channel)
        for row, figures, channel in news
        if row["channel"] != EXPORT_CHANNEL and row["day"] >= (now - RECENT).date()
    ]
    if not recent:
        return
    thresholds = {
        (provider, resource): tools.profiles[provider].thresholds(resource)
        for provider, resource in {(row["provider"], row["resource"]) for row, _, _ in recent}
    }
    keys = sorted({(row["meter"], row["channel"]) for row, _, _ in recent})
    open_ones: dict[tuple[str, str], dict[str, Any]] = {}
    for found in store.open_ones(tx, keys):
        open_ones.setdefault((found["meter"], found["channel"]), {})[found["kind"]] = found
    asked = {
        (row["meter"], row["channel"])
        for row, figures, channel in recent
        if (row["meter"], row["channel"]) in open_ones
        or not _quiet(row, figures, channel, thresholds[row["provider"], row["resource"]])
    }
    if not asked:
        return
    rows = [row for row, _, _ in recent if (row["meter"], row["channel"]) in asked]
    uses = _uses(tx, rows)
    changed: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = row["meter"], row["channel"]
        known = uses.get(key, {})
        before = [known[day] for day in sorted(known) if row["day"] - LOOK_BACK <= day < row["day"]]
        # A day that did not pass, or was hardly measured, says nothing.
        today = known.get(row["day"], Use(row["day"].weekday(), row["step"] or 30, None, None))
        limits = thresholds[row["provider"], row["resource"]]
        for kind, signal in alerts.signals(today, before, limits).items():
            threshold = limits[kind]
            stands = open_ones.setdefault(key, {}).get(kind)
            alert = Alert(stands["state"], stands["run"]) if stands else None
            then = alerts.transition(alert, signal.says, threshold)
            if then is None:
                continue
            made = _move(tx, row, kind, stands, then, signal, now)
            changed[made["id"]] = made
            if then.state in alerts.OPEN:
                open_ones[key][kind] = made
            else:
                open_ones[key].pop(kind)
    # An open one takes the place that a closed one leaves: the closed ones go first.
    store.save(tx, [made for made in changed.values() if made["state"] not in alerts.OPEN])
    store.save(tx, [made for made in changed.values() if made["state"] in alerts.OPEN])


def _quiet(row: Any, figures: Figures | None, channel: Channel, thresholds: Mapping[str, Any]) -> bool:
    """Nothing came: nothing to say. Part of a day: it may pass with estimates, and then say something."""
    if figures is None or figures.known < figures.slots:
        return figures is None
    use = Use(row["day"].weekday(), figures.step, figures.total, figures.low)
    return alerts.quiet(use, channel.mean_total, channel.mean_low, dict(thresholds))


def _uses(tx: Transaction, rows: Sequence[Any]) -> dict[tuple[str, str], dict[date, Use]]:
    spans: dict[tuple[str, str], tuple[date, date]] = {}
    for row in rows:
        key = row["meter"], row["channel"]
        first, last = spans.get(key, (row["day"], row["day"]))
        spans[key] = min(first, row["day"]), max(last, row["day"])
    found: dict[tuple[str, str], dict[date, Use]] = {}
    for use in store.uses(tx, [(*key, first - LOOK_BACK, last) for key, (first, last) in spans.items()]):
        found.setdefault((use["meter"], use["channel"]), {})[use["day"]] = Use(
            use["day"].weekday(), use["step"], use["total"], use["low"]
        )
    return found


def _move(
    tx: Transaction, row: Any, kind: str, stands: Any, then: Alert, signal: Signal, now: datetime
) -> dict[str, Any]:
    made: dict[str, Any] = (
        dict(stands)
        if stands
        else {
            "id": new_id(),
            "meter": row["meter"],
            "channel": row["channel"],
            "account": row["account"],
            "provider": row["provider"],
            "kind": kind,
            "first_day": row["day"],
            "raised_at": None,
            "cleared_at": None,
        }
    )
    made |= {"state": then.state, "run": then.run, "last_day": row["day"]}
    if signal.says == alerts.FOR or not stands:
        made |= {"found": signal.found, "usual": signal.usual}
    if then.edge is not None and then.edge.event is not None:
        made["cleared_at" if then.state == alerts.CLEARED else "raised_at"] = now
        _tell(tx, then.edge, row, made, now)
    return made


def _tell(
    tx: Transaction,
    edge: Edge,
    row: Any,
    made: Mapping[str, Any],
    now: datetime,
) -> None:
    ALERTS.labels(made["kind"], made["state"]).inc()
    tx.emit(
        edge.tell(
            alert=made["id"],
            account=made["account"],
            provider=made["provider"],
            meter=made["meter"],
            serial=row["serial"],
            resource=row["resource"],
            unit=row["unit"],
            kind=made["kind"],
            first_day=made["first_day"],
            last_day=made["last_day"],
            found=made["found"] * row["ratio"] / MILLI,
            usual=made["usual"] * row["ratio"] / MILLI,
            at=now,
        )
    )
