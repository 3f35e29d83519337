"""Tables of the chassis that every service's database holds, for its first migration."""

from __future__ import annotations

from typing import Any

TABLES = (
    """create table outbox (
        id bigint generated always as identity primary key,
        aggregate text not null,
        exchange text not null,
        routing_key text not null,
        headers jsonb not null,
        body text not null,
        created_at timestamptz not null default now())""",
    """create table inbox (
        queue text not null,
        event_id text not null,
        handled_at timestamptz not null default now(),
        primary key (queue, event_id))""",
    """create index inbox_by_age on inbox (handled_at)""",
    """create table idempotency (
        subject text not null,
        key text not null,
        fingerprint text not null,
        response text,
        created_at timestamptz not null default now(),
        primary key (subject, key))""",
    """create index idempotency_by_age on idempotency (created_at)""",
    """create table schedule (
        job text primary key,
        next_run_at timestamptz not null,
        lease_until timestamptz,
        holder uuid,
        last_run_at timestamptz,
        last_outcome text)""",
    """create table attempt (
        kind text not null,
        key text not null,
        span interval not null,
        most int not null,
        times timestamptz[] not null,
        until timestamptz not null,
        primary key (kind, key, span))""",
    """create index attempt_by_end on attempt (until)""",
)


def create(op: Any) -> None:
    """Create them; ``op`` is Alembic's."""
    for statement in TABLES:
        op.execute(statement)
