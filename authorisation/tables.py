"""Tables of authorisation that every service's database holds, for its first migration."""

from __future__ import annotations

from typing import Any

TABLES = (
    """create table access (
        person text not null,
        account uuid not null,
        via text not null,
        scopes text[] not null,
        since timestamptz not null,
        until timestamptz,
        revoked_at timestamptz,
        version bigint not null,
        primary key (person, account, via))""",
    """create index access_by_account on access (account) where revoked_at is null""",
)


def create(op: Any) -> None:
    """Create them; ``op`` is Alembic's."""
    for statement in TABLES:
        op.execute(statement)
