"""Links that open a document once (GW-6)."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Found by the digest of its secret; short-lived, so that it needs no journal of its states.
    op.execute("""
        create table document_link (
            digest text primary key,
            session uuid not null references session on delete cascade,
            document jsonb not null,
            expires_at timestamptz not null)""")
    op.execute("create index document_link_of_session on document_link (session)")
    op.execute("create index document_link_by_age on document_link (expires_at)")
