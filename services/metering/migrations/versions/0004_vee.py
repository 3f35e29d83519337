"""Checked interval days, findings, edits, alerts on use."""

from alembic import op

revision = "0004"
down_revision = "0003"

# This month and the next; the job makes more.
MONTHS = """
do $$
declare
    month date;
begin
    for month in
        select cast(date_trunc('month', now() at time zone 'UTC') + n * interval '1 month' as date)
        from generate_series(0, 1) n
    loop
        execute format('create table %I partition of {table} for values from (%L) to (%L)',
                       '{table}_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM'),
                       month, cast(month + interval '1 month' as date));
    end loop;
end $$
"""


def upgrade() -> None:
    # What billing and views use instead of the raw day: estimated where values are missing, with a quality mark
    # (ESPI's numbers) a slot. The raw day stays as it came; a newer raw_version makes this row stale. A day of which
    # nothing came has raw_version 0.
    op.execute("""
        create table interval_day_checked (
            meter uuid not null,
            channel text not null,
            day date not null,
            starts_at timestamptz not null,
            step smallint not null,
            raw_version int not null,
            raw_received_at timestamptz not null,
            amounts int[] not null,
            marks smallint[] not null,
            version int not null default 1,
            checked_at timestamptz not null,
            total bigint,
            low int,
            passed boolean not null default false,
            compared boolean not null default false,
            primary key (meter, channel, day),
            check (cardinality(marks) = cardinality(amounts))) partition by range (day)""")
    op.execute("""
        create table interval_day_checked_old (
            meter uuid not null,
            channel text not null,
            day date not null,
            version int not null,
            raw_version int not null,
            amounts int[] not null,
            marks smallint[] not null,
            checked_at timestamptz not null,
            replaced_at timestamptz not null,
            primary key (meter, channel, day, version)) partition by range (day)""")
    # In monthly partitions like the raw days: made ahead and dropped by the same job (0002_partitions.py).
    for table in ("interval_day_checked", "interval_day_checked_old"):
        op.execute(f"create table {table}_default partition of {table} default")
        op.execute(MONTHS.format(table=table))
    # What an operator laid over a day: only ever added to; the last one of a slot counts.
    op.execute("""
        create table interval_edit (
            id uuid primary key,
            meter uuid not null references meter,
            channel text not null,
            day date not null,
            "values" jsonb not null,
            reason text not null,
            person text not null,
            edited_at timestamptz not null,
            version int not null)""")
    op.execute("create index interval_edit_by_day on interval_edit (meter, channel, day, edited_at)")
    # Register readings that did not pass, and what staff decided. All that came up to vee_progress.judged_to was
    # judged.
    op.execute("""
        create table register_finding (
            id uuid primary key,
            provider text not null,
            meter uuid not null references meter,
            register text not null,
            at timestamptz not null,
            version int not null,
            rule text not null,
            found numeric not null,
            expected numeric not null,
            found_at timestamptz not null,
            decision text,
            decided_by uuid,
            decided_at timestamptz,
            reason text,
            unique (meter, register, at, version))""")
    op.execute("create index register_finding_by_provider on register_finding (provider, id)")
    # What validation found, of the version of a checked day that stands; older findings have ended_at.
    op.execute("""
        create table finding (
            id uuid primary key,
            provider text not null,
            meter uuid not null,
            channel text not null,
            day date not null,
            rule text not null,
            first smallint not null,
            last smallint not null,
            found bigint,
            expected bigint,
            found_at timestamptz not null,
            ended_at timestamptz)""")
    op.execute("create index finding_by_day on finding (meter, channel, day) where ended_at is null")
    op.execute("create index finding_open on finding (provider, id) where ended_at is null")
    # Days to be checked, from due_at on.
    op.execute("""
        create table day_due (
            meter uuid not null,
            channel text not null,
            day date not null,
            due_at timestamptz not null,
            primary key (meter, channel, day))""")
    op.execute("create index day_due_next on day_due (due_at, meter, channel, day)")
    op.execute("""
        create table vee_progress (
            only_one boolean primary key default true check (only_one),
            noticed_to timestamptz,
            judged_to timestamptz)""")
    # A few figures of each channel by which most days are known to be clean without a look at their neighbours.
    # last_day: the last one checked; heard_day: the last one of which anything came.
    op.execute("""
        create table interval_channel (
            meter uuid not null references meter,
            channel text not null,
            provider text not null,
            step smallint not null,
            last_day date not null,
            heard_day date not null,
            days int not null,
            peak int not null,
            mean_total bigint not null,
            mean_low int not null,
            zero_days int not null,
            primary key (meter, channel))""")
    op.execute("create index interval_channel_behind on interval_channel (provider, last_day)")
    # Where days and readings arrive in the order of time, these cost a few bytes a hundred rows.
    op.execute(
        "create index interval_day_arrived on interval_day using brin (received_at) with (autosummarize = on)"
    )
    op.execute(
        "create index register_reading_arrived on register_reading using brin (received_at)"
        " with (autosummarize = on)"
    )
    # Alerts on use: a row an episode. Open ones (watched, raised, easing) are unique by meter, channel and kind.
    op.execute("""
        create table usage_alert (
            id uuid primary key,
            meter uuid not null references meter,
            channel text not null,
            account uuid not null,
            provider text not null,
            kind text not null,
            state text not null,
            run smallint not null,
            first_day date not null,
            last_day date not null,
            found bigint not null,
            usual bigint not null,
            raised_at timestamptz,
            cleared_at timestamptz)""")
    op.execute(
        "create unique index usage_alert_open on usage_alert (meter, channel, kind)"
        " where state in ('watched', 'raised', 'easing')"
    )
    op.execute(
        "create index usage_alert_by_account on usage_alert (account, raised_at desc) where raised_at is not null"
    )
