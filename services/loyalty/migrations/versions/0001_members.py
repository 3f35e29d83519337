"""Members, the journal of points, and the facts that points are decided from."""

from alembic import op

from authorisation import tables as access_tables
from chassis import tables
from chassis.journals import append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op)
    access_tables.create(op)
    # Half-full pages: a review writes many rows anew, beside the old ones and without touching the indexes.
    op.execute("""
        create table member (
            account uuid primary key,
            provider text not null,
            points int not null default 0,
            level text not null,
            joined_at timestamptz not null)
        with (fillfactor = 60)""")
    op.execute("create index member_by_provider on member (provider, account)")
    # period is '' for what is given once an account; cause is '' except for burns: see domain/awards.py.
    op.execute("""
        create table points_award (
            account uuid not null,
            criterion text not null,
            period text not null,
            cause text not null default '',
            points int not null,
            lasting boolean not null,
            at timestamptz not null,
            primary key (account, criterion, period, cause))""")
    append_only(op, "points_award")
    op.execute("""
        create table programme_window (
            provider text primary key,
            reviewed text not null,
            first_period text not null,
            reviewed_at timestamptz not null)""")
    op.execute("""
        create table confirmed_email (
            person text primary key,
            at timestamptz not null)""")
    op.execute("""
        create table delivery (
            account uuid not null,
            at timestamptz not null,
            delivery text not null,
            primary key (account, at))""")
    op.execute("""
        create table bill (
            account uuid not null,
            period text not null,
            provider text not null,
            issued_at timestamptz not null,
            due_on date not null,
            early_until date,
            to_pay numeric not null,
            revision int not null,
            outcome text not null,
            primary key (account, period))""")
    # A withdrawal may be heard before the bill that it ends.
    op.execute("""
        create table bill_withdrawal (
            account uuid not null,
            period text not null,
            revision int not null,
            at timestamptz not null,
            primary key (account, period, revision))""")
    op.execute("create index bill_awaited on bill (provider, due_on, account) where outcome = 'open'")
    op.execute("""
        create table payment (
            account uuid not null,
            payment text not null,
            posted_at timestamptz not null,
            paid_at timestamptz not null,
            amount numeric not null,
            balance numeric not null,
            channel text not null,
            primary key (account, payment))""")
    op.execute("create index payment_by_time on payment (account, posted_at)")
