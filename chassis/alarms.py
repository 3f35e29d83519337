"""Alarms: what a person of operations must look at although nothing has stopped."""

from __future__ import annotations

from typing import Any

import structlog

from chassis import metrics

log = structlog.get_logger(__name__)


def alarm(name: str, **fields: Any) -> None:
    """An entry ``alarm`` of level error in the log, and the counter ``alarms_total``, which monitoring watches."""
    metrics.ALARMS.labels(name).inc()
    log.error("alarm", alarm=name, **fields)
