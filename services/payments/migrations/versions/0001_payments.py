"""Payments with their parts, webhooks as they came, fiscal receipts, contacts."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    op.execute("""
        create table payment (
            id uuid primary key,
            person uuid,
            state text not null,
            system text not null,
            channel text not null,
            currency text not null,
            total numeric(18, 2) not null check (total > 0),
            return_url text not null,
            external_id text,
            confirmation_url text,
            reason text,
            doubt text,
            idempotency_key text not null,
            fingerprint text not null,
            created_at timestamptz not null,
            -- When its system is asked next, and how often it was: whoever asks claims the row by counting up.
            ask_at timestamptz not null,
            asked int not null default 0,
            paid_at timestamptz,
            finished_at timestamptz,
            -- When it is announced again; null once the ledger has confirmed every part.
            announce_at timestamptz,
            announced int not null default 0)""")
    op.execute("create unique index payment_by_key on payment (person, idempotency_key)")
    op.execute("create unique index payment_by_external on payment (system, external_id)")
    op.execute("create index payment_open on payment (ask_at) where state in ('created', 'pending')")
    op.execute("create index payment_unposted on payment (announce_at) where announce_at is not null")
    op.execute("create index payment_by_person on payment (person, created_at desc)")
    op.execute("""
        create table payment_part (
            payment uuid not null references payment,
            account uuid not null,
            provider text not null,
            number text not null,
            amount numeric(18, 2) not null check (amount > 0),
            posted_at timestamptz,
            -- A bill of the account was withdrawn while the customer was on the way to pay: they are told so.
            bill_withdrawn_at timestamptz,
            primary key (payment, account))""")
    op.execute("create index payment_part_by_account on payment_part (account, payment)")
    # Stored before anything is done with it; the same one again only counts up.
    op.execute("""
        create table webhook (
            id uuid primary key,
            system text not null,
            object_id text not null,
            event text not null,
            body text not null,
            remote text not null,
            received_at timestamptz not null,
            times int not null default 1,
            outcome text,
            handled_at timestamptz,
            unique (system, object_id, event))""")
    op.execute("""
        create table receipt (
            payment uuid primary key references payment,
            state text not null,
            operator text not null,
            attempt int not null default 1,
            external_id text,
            -- Counts up with each claim: only the last claim's result counts.
            claims int not null default 0,
            failures int not null default 0,
            next_at timestamptz not null,
            document jsonb,
            fiscal_drive text,
            fiscal_document text,
            fiscal_sign text,
            registered_at timestamptz,
            check_qr text,
            failure text)""")
    op.execute("create index receipt_open on receipt (next_at) where state in ('wanted', 'sent')")
    # How attempts ended that did not make a receipt.
    op.execute("""
        create table receipt_attempt (
            payment uuid not null references receipt,
            attempt int not null,
            external_id text,
            failure text not null,
            ended_at timestamptz not null,
            primary key (payment, attempt))""")
    op.execute("""
        create table contact (
            person uuid not null,
            channel text not null,
            address text not null,
            at timestamptz not null,
            primary key (person, channel))""")
