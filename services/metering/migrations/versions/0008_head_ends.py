"""Whose meters each head end may speak for."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
        create table head_end (
            name text not null,
            provider text not null,
            added_at timestamptz not null,
            primary key (name, provider))""")
