"""Which version of the user agreement a registration accepted (ID-9)."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table registration add column agreement text not null default '1'")
