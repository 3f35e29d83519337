"""Meters, their registers, readings, intervals and the batches they came in."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table meter (
            id uuid primary key,
            provider text not null,
            account uuid not null,
            account_number text not null,
            serial text not null,
            resource text not null,
            model text not null default '',
            unit text not null,
            zones smallint not null,
            digits smallint not null,
            decimals smallint not null,
            ratio numeric not null default 1,
            automated boolean not null default false,
            installed_on date not null,
            removed_on date,
            next_verification_on date)""")
    op.execute("create unique index meter_by_serial on meter (provider, serial) where removed_on is null")
    op.execute("create index meter_by_account on meter (account)")
    op.execute("create index meter_by_provider on meter (provider, account, id)")
    op.execute("""
        create table register (
            meter uuid not null references meter,
            code text not null,
            zone text not null,
            primary key (meter, code))""")
    # A submission is what a person or an operator sent in one go: a value for every register of the meter.
    op.execute("""
        create table submission (
            id uuid primary key,
            meter uuid not null references meter,
            account uuid not null,
            period text not null,
            taken_at timestamptz not null,
            source text not null,
            in_time boolean not null,
            person uuid,
            created_at timestamptz not null)""")
    op.execute("create index submission_by_account on submission (account, created_at desc)")
    op.execute("create index submission_of_person on submission (person) where person is not null")
    # Every version of every register reading; the newest has superseded_at null.
    op.execute("""
        create table register_reading (
            meter uuid not null,
            register text not null,
            at timestamptz not null,
            version int not null,
            value numeric not null,
            period text not null,
            source text not null,
            -- Of the value, by ESPI's numbers: 14 raw until it was looked at (domain/vee/marks.py).
            quality smallint not null default 14,
            submission uuid,
            received_at timestamptz not null,
            superseded_at timestamptz,
            primary key (meter, register, at, version))""")
    op.execute("""create index register_reading_by_period on register_reading (meter, register, period, at desc)
                  where superseded_at is null""")
    # One row a meter, channel and local day: the day's values as integers of a thousandth of the unit.
    op.execute("""
        create table interval_day (
            meter uuid not null,
            channel text not null,
            day date not null,
            starts_at timestamptz not null,
            step smallint not null,
            version int not null default 1,
            amounts int[] not null,
            flags jsonb,
            received_at timestamptz not null,
            primary key (meter, channel, day))""")
    op.execute("""
        create table interval_day_old (
            meter uuid not null,
            channel text not null,
            day date not null,
            version int not null,
            amounts int[] not null,
            replaced_at timestamptz not null,
            batch text not null,
            primary key (meter, channel, day, version))""")
    op.execute("""
        create table ami_batch (
            provider text not null,
            head_end text not null,
            batch text not null,
            receipt text not null,
            received_at timestamptz not null,
            primary key (provider, head_end, batch))""")
