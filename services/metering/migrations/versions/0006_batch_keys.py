"""Batches of head ends by a key of sixteen bytes (docs/adr/0006)."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # As store/ami_batches.py makes it: three texts, which hold no zero byte, with one between them.
    op.execute("alter table ami_batch add column key uuid")
    op.execute("""
        update ami_batch set key = cast(substring(encode(sha256(
            convert_to(provider, 'UTF8') || '\\x00'::bytea || convert_to(head_end, 'UTF8') || '\\x00'::bytea
            || convert_to(batch, 'UTF8')), 'hex') for 32) as uuid)""")
    # Nothing else asks for the three: the receipt names the batch, and its sender heard it.
    op.execute("alter table ami_batch drop column provider, drop column head_end, drop column batch")
    op.execute("alter table ami_batch add primary key (key)")
