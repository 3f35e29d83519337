"""Prometheus metrics of every service. A service adds its own next to what they measure."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

RPC_SERVED = Histogram("rpc_served_seconds", "Calls carried out", ["method", "outcome"], buckets=FAST)
RPC_CALLED = Histogram("rpc_called_seconds", "Calls made", ["method", "outcome"], buckets=FAST)
RPC_EXPIRED = Counter("rpc_expired_total", "Calls dropped because their deadline had passed", ["method"])
EVENTS_HANDLED = Histogram("events_handled_seconds", "Events handled", ["queue", "outcome"], buckets=FAST)
EVENTS_RETRIED = Counter("events_retried_total", "Events put off for another try", ["queue"])
EVENTS_DEAD = Counter("events_dead_total", "Events moved to the dead letters", ["queue"])
DEAD_LETTERS = Gauge("dead_letters_waiting", "Dead letters of a queue at the last look", ["queue"])
OUTBOX_PUBLISHED = Counter("outbox_published_total", "Messages published from the outbox")
OUTBOX_WAITING = Gauge("outbox_waiting", "Messages seen waiting in the outbox")
JOBS_RUN = Counter("scheduled_jobs_total", "Scheduled jobs run", ["job", "outcome"])
BATCHED = Counter("batched_messages_total", "Messages taken in batches", ["queue", "outcome"])
HTTP_SERVED = Histogram("http_served_seconds", "HTTP requests", ["operation", "status"], buckets=FAST)
ALARMS = Counter("alarms_total", "What a person must look at", ["alarm"])
