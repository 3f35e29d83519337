"""Interval days and register readings in monthly partitions; retention of batches.

Months are made ahead by the service's job (store/partitions.py does the same for one month at a time); the default
partitions take what belongs to none.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

COLUMNS = {"interval_day": "day", "interval_day_old": "day", "register_reading": "at"}
KEYS = {
    "interval_day": "meter, channel, day",
    "interval_day_old": "meter, channel, day, version",
    "register_reading": "meter, register, at, version",
}
# This month and the next; the job makes more.
FIRST, LAST = 0, 1

MONTHS = """
do $$
declare
    month date;
begin
    for month in
        select cast(date_trunc('month', now() at time zone 'UTC') + n * interval '1 month' as date)
        from generate_series({first}, {last}) n
    loop
        execute format('create table %I partition of {table} for values from (%L) to (%L)',
                       '{table}_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM'),
                       to_char(month, 'YYYY-MM-DD') || '{midnight}',
                       to_char(month + interval '1 month', 'YYYY-MM-DD') || '{midnight}');
    end loop;
end $$
"""


def upgrade() -> None:
    for table, column in COLUMNS.items():
        op.execute(f"alter table {table} rename to {table}_before")
        op.execute(f"alter index {table}_pkey rename to {table}_before_pkey")
        op.execute(
            f"""create table {table} (like {table}_before including defaults, primary key ({KEYS[table]}))
                partition by range ({column})"""
        )
        op.execute(f"create table {table}_default partition of {table} default")
        midnight = " 00:00:00+00" if column == "at" else ""
        op.execute(MONTHS.format(table=table, first=FIRST, last=LAST, midnight=midnight))
        op.execute(f"insert into {table} select * from {table}_before")
        op.execute(f"drop table {table}_before")
    op.execute("""create index register_reading_by_period on register_reading (meter, register, period, at desc)
                  where superseded_at is null""")
    # Batches arrive in the order of time: a few bytes a hundred rows, and nothing to look after.
    op.execute(
        "create index ami_batch_by_age on ami_batch using brin (received_at) with (autosummarize = on)"
    )
