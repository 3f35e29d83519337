"""Accounts, bill runs, bills with their lines, and the ledger."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables
from chassis.journals import append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table account (
            id uuid primary key,
            provider text not null,
            number text not null,
            holder text not null,
            address text not null,
            house text not null default '',
            letter text not null default '',
            flat text not null default '',
            extension text not null default '',
            email text not null default '',
            people smallint not null default 1,
            area numeric not null default 0,
            kind text not null default 'person',
            tariffs text[] not null,
            delivery text not null,
            language text not null default 'ru',
            currency text not null,
            opened_on date not null,
            closed_on date,
            unique (provider, number))""")
    op.execute("create index account_by_provider on account (provider, id)")
    # Double entry: each row moves an amount from one ledger account to another, so the books always sum to zero.
    # The receivable of a customer's account is debited by charges and credited by payments.
    op.execute("""
        create table transfer (
            id bigint generated always as identity primary key,
            provider text not null,
            currency text not null,
            account uuid not null references account,
            debit text not null,
            credit text not null,
            amount numeric(18, 2) not null check (amount > 0),
            kind text not null,
            reference text not null unique,
            occurred_at timestamptz not null,
            posted_at timestamptz not null,
            check (debit <> credit))""")
    op.execute("create index transfer_by_account on transfer (account, occurred_at, id)")
    op.execute("""
        create table balance (
            account uuid primary key references account,
            currency text not null,
            amount numeric(18, 2) not null default 0)""")
    op.execute("""
        create table bill_run (
            id uuid primary key,
            provider text not null,
            period text not null,
            state text not null,
            started_by uuid,
            started_at timestamptz not null,
            finished_at timestamptz,
            cursor uuid,
            accounts int not null,
            bills int not null default 0,
            charged numeric(18, 2) not null default 0,
            withdrawn int not null default 0,
            reason text,
            unique (provider, period))""")
    op.execute("""
        create table bill (
            id uuid primary key,
            run uuid not null references bill_run,
            account uuid not null references account,
            provider text not null,
            period text not null,
            revision int not null,
            number text not null,
            currency text not null,
            opening numeric(18, 2) not null,
            paid numeric(18, 2) not null,
            charged numeric(18, 2) not null,
            closing numeric(18, 2) not null,
            due_on date not null,
            early_until date,
            level text,
            points int,
            issued_at timestamptz not null,
            unique (account, period, revision))""")
    op.execute("create index bill_by_account on bill (account, issued_at desc)")
    op.execute("create index bill_by_run on bill (run, account)")
    # Of the revisions of an account's period at most one is in force: this row names it, and goes with its withdrawal.
    op.execute("""
        create table bill_in_force (
            account uuid not null references account,
            period text not null,
            bill uuid not null unique references bill,
            primary key (account, period))""")
    op.execute("""
        create table bill_withdrawal (
            bill uuid primary key references bill,
            reason text not null,
            withdrawn_by uuid,
            withdrawn_at timestamptz not null)""")
    op.execute("""
        create table charge_line (
            bill uuid not null references bill,
            ordinal smallint not null,
            account uuid not null,
            period text not null,
            kind text not null,
            resource text not null,
            component text not null,
            zone text not null,
            unit text not null,
            serial text,
            register text,
            opening numeric,
            closing numeric,
            opening_at timestamptz,
            closing_at timestamptz,
            source text,
            consumption numeric not null,
            price numeric not null,
            amount numeric(18, 2) not null,
            vat_rate numeric not null,
            vat numeric(18, 2) not null,
            rule text not null,
            recalculates text,
            primary key (bill, ordinal))""")
    op.execute("create index charge_line_by_account on charge_line (account, resource, period)")
    # An estimated line that a later bill took back, because a reading came. It counts while that bill is in force.
    op.execute("""
        create table recalculation (
            bill uuid not null,
            ordinal smallint not null,
            recalculated_by uuid not null references bill,
            primary key (bill, ordinal, recalculated_by),
            foreign key (bill, ordinal) references charge_line)""")
    op.execute("""
        create table standing (
            account uuid primary key,
            level text not null,
            points int not null,
            at timestamptz not null)""")
    append_only(op, "transfer", "bill", "bill_withdrawal", "charge_line", "recalculation")
