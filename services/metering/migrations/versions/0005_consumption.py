"""Similar homes by month; the last reading of a period in one step."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # A month's homes are counted into bins page by page; its quartiles replace the bins in the end.
    op.execute("""
        create table similar_homes_run (
            provider text not null,
            period text not null,
            cursor uuid not null default '00000000-0000-0000-0000-000000000000',
            finished_at timestamptz,
            primary key (provider, period))""")
    op.execute("""
        create table similar_homes_bin (
            provider text not null,
            period text not null,
            resource text not null,
            unit text not null,
            zones smallint not null,
            transformed boolean not null,
            bin int not null,
            homes int not null,
            primary key (provider, period, resource, unit, zones, transformed, bin))""")
    op.execute("""
        create table similar_homes (
            provider text not null,
            period text not null,
            resource text not null,
            unit text not null,
            zones smallint not null,
            transformed boolean not null,
            homes int not null,
            lower numeric not null,
            median numeric not null,
            upper numeric not null,
            primary key (provider, period, resource, unit, zones, transformed))""")
    # The newest reading first: the last one of a month, before a month, and of all are one row of the index each.
    op.execute("drop index if exists register_reading_by_period")
    op.execute("""create index register_reading_by_period
                  on register_reading (meter, register, period desc, at desc) where superseded_at is null""")
