"""Appeals with their threads, and the level of an account."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table appeal (
            id uuid primary key,
            person text not null,
            kind text not null,
            account uuid,
            subject text not null,
            state text not null,
            priority int not null,
            opened_at timestamptz not null,
            waiting_since timestamptz not null,
            changed_at timestamptz not null)""")
    op.execute("create index appeal_of_person on appeal (person, id desc)")
    op.execute("""
        create index appeal_queue on appeal (priority desc, waiting_since, id) where state = 'waiting'""")
    op.execute("""
        create table appeal_message (
            id uuid primary key,
            appeal uuid not null references appeal,
            side text not null,
            author text not null,
            text text not null,
            at timestamptz not null)""")
    op.execute("create index appeal_message_of_appeal on appeal_message (appeal, id)")
    op.execute("""
        create table account_level (
            account uuid primary key,
            level text not null,
            at timestamptz not null)""")
