"""Months are made and dropped by functions of the tables' owner: at run time metering owns no table.

What they do is what store/partitions.py asks for, and on these tables only.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMN = """
create function month_column(parent text) returns text language plpgsql immutable as $$
begin
    return case when parent = 'register_reading' then 'at'
        when parent in ('interval_day', 'interval_day_old', 'interval_day_checked', 'interval_day_checked_old')
        then 'day' end;
end $$
"""
# Whoever waits for a lock on the whole table makes all others wait behind it: rather try again later.
LOCKS = (
    "perform set_config('lock_timeout', '2s', true); perform set_config('statement_timeout', '10min', true);"
)
CHECKED = """
    if month_column(parent) is null or first <> date_trunc('month', first) then
        raise exception '% has no month %', parent, first using errcode = 'invalid_parameter_value';
    end if;
"""
MAKE = f"""
create function make_month(parent text, first date) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    child text := format('%s_y%sm%s', parent, to_char(first, 'YYYY'), to_char(first, 'MM'));
    border text := case when month_column(parent) = 'at' then ' 00:00:00+00' else '' end;
    since text := first || border;
    until text := (first + interval '1 month')::date || border;
    moved bigint;
begin
    {CHECKED}
    {LOCKS}
    execute format('create table %I (like %I including defaults including constraints)', child, parent);
    -- Nobody may add to the month between the move and the moment it has a place of its own.
    execute format('lock table %I in access exclusive mode', parent || '_default');
    execute format('with moved as (delete from %I where %I >= %L and %I < %L returning *) '
        'insert into %I select * from moved',
        parent || '_default', month_column(parent), since, month_column(parent), until, child);
    get diagnostics moved = row_count;
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, since, until);
    return moved;
end $$
"""
# Of register readings the last one of each register that has no newer one is kept, in the default partition.
DROP = f"""
create function drop_month(parent text, first date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    child text := format('%s_y%sm%s', parent, to_char(first, 'YYYY'), to_char(first, 'MM'));
begin
    {CHECKED}
    {LOCKS}
    if parent = 'register_reading' then
        execute format('create temporary table kept on commit drop as select r.* from %I r '
            'where r.superseded_at is null and not exists (select 1 from register_reading newer '
            'where newer.meter = r.meter and newer.register = r.register and newer.superseded_at is null '
            'and (newer.at, newer.version) > (r.at, r.version))', child);
        execute format('alter table register_reading detach partition %I', child);
        insert into register_reading select * from pg_temp.kept;
    end if;
    execute format('drop table %I', child);
end $$
"""


def upgrade() -> None:
    """Create them."""
    for statement in (COLUMN, MAKE, DROP):
        op.execute(statement)
    for function in ("make_month(text, date)", "drop_month(text, date)"):
        op.execute(f"revoke execute on function {function} from public")
