"""Tables that are only appended to, by the database's own word: for migrations.

What a row says stands for ever; whatever changes it is a row of its own. The triggers hold for everybody, and a
service's role at run time owns no table, so it cannot take them away (see chassis.migrate).
"""

from __future__ import annotations

from typing import Any

FUNCTION = """
create or replace function only_appended_to() returns trigger language plpgsql as $$
begin
    raise exception '% is only appended to', tg_table_name using errcode = 'insufficient_privilege';
end $$
"""


def append_only(op: Any, *tables: str) -> None:
    """Refuse to change or delete rows of the tables; ``op`` is Alembic's."""
    op.execute(FUNCTION)
    for table in tables:
        op.execute(
            f"""create trigger only_appended_to before update or delete or truncate on {table}
                for each statement execute function only_appended_to()"""
        )
