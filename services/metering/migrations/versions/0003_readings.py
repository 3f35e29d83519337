"""Replacement and verification of meters, export registers, unconfirmed and unregistered readings."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table meter add column replaces uuid references meter, add column verified_on date")
    op.execute("create index meter_by_predecessor on meter (replaces) where replaces is not null")
    # The unique index on serials holds meters in place only.
    op.execute("create index meter_by_old_serial on meter (provider, serial) where removed_on is not null")
    op.execute("""create index meter_by_verification on meter (provider, next_verification_on, id)
                  where removed_on is null and next_verification_on is not null""")
    op.execute("alter table register add column direction text not null default 'import'")
    # A reading that asks for a confirmation: kept, so that nothing has to be typed again. One a meter, the newest.
    op.execute("""
        create table unconfirmed (
            meter uuid primary key references meter,
            id uuid not null unique,
            account uuid not null,
            period text not null,
            in_time boolean not null,
            source text not null,
            taken_at timestamptz not null,
            sent_at timestamptz not null,
            person uuid,
            "values" jsonb not null,
            jumps text[] not null,
            reminded_at timestamptz)""")
    # Readings without signing in. Whatever they are, they wait here; nothing is told to whoever sent them.
    op.execute("""
        create table guest_reading (
            id uuid primary key,
            provider text not null,
            account_number text not null,
            account uuid not null,
            serial text,
            resource text,
            proof jsonb not null,
            "values" jsonb not null,
            received_at timestamptz not null,
            state text not null,
            reason text,
            tries int not null default 0,
            next_try_at timestamptz not null,
            submission uuid,
            decided_by uuid,
            decided_at timestamptz,
            note text)""")
    op.execute("create index guest_reading_waiting on guest_reading (next_try_at) where state = 'received'")
    op.execute("create index guest_reading_queue on guest_reading (provider, id) where state = 'queued'")
    op.execute("""
        create table verification_notice (
            meter uuid not null references meter,
            due_on date not null,
            days_ahead smallint not null,
            told_at timestamptz not null,
            primary key (meter, due_on, days_ahead))""")
