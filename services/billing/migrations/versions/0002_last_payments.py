"""The last payments by which an account can be proven (ID-6): by payer, and those that the supplier tells of."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        create table last_payment (
            account uuid not null references account,
            -- the nil UUID: the supplier told of it
            payer uuid not null,
            paid_at timestamptz not null,
            amount numeric(18, 2) not null check (amount > 0),
            primary key (account, payer))""")
    op.execute("create index last_payment_by_payer on last_payment (payer)")
