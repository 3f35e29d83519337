"""People and accounts as far as messages need them, messages, dispatches, choices."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table person (
            id text primary key,
            language text not null,
            at timestamptz not null,
            erased_at timestamptz)""")
    op.execute("""
        create table contact (
            person text not null,
            channel text not null,
            address text not null,
            confirmed_at timestamptz not null,
            bounced_at timestamptz,
            primary key (person, channel))""")
    op.execute("""
        create table account (
            id uuid primary key,
            provider text not null,
            number text not null)""")
    op.execute("""
        create table choice (
            person text not null,
            kind text not null,
            channel text not null,
            enabled boolean not null,
            changed_at timestamptz not null,
            primary key (person, kind, channel))""")
    op.execute("""
        create table message (
            id uuid primary key,
            person text not null,
            kind text not null,
            occasion text not null,
            title text not null,
            text text not null,
            data jsonb not null,
            at timestamptz not null,
            read_at timestamptz)""")
    op.execute("create unique index message_once on message (person, kind, occasion)")
    op.execute("create index message_of_person on message (person, id desc)")
    op.execute("create index message_unread on message (person) where read_at is null")
    # "values" holds no secrets: a code, or an address that is nobody's contact (any more), is in "sealed" only.
    op.execute("""
        create table dispatch (
            id uuid primary key,
            person text not null,
            kind text not null,
            occasion text not null,
            channel text not null,
            lane text not null,
            urgent boolean not null,
            language text not null,
            "values" jsonb not null,
            sealed text,
            state text not null,
            attempts int not null default 0,
            next_try_at timestamptz not null default now(),
            lease_until timestamptz,
            reason text not null default '',
            expires_at timestamptz,
            created_at timestamptz not null,
            finished_at timestamptz)""")
    op.execute("create unique index dispatch_once on dispatch (person, kind, occasion, channel)")
    op.execute("""
        create index dispatch_due on dispatch (lane, next_try_at) where state in ('waiting', 'retrying')""")
    op.execute("create index dispatch_by_age on dispatch (finished_at) where finished_at is not null")
