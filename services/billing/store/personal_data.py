"""What billing holds on a person (ID-9)."""

from __future__ import annotations

from typing import Any, Final

from authorisation.access import OWN
from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction

_SHOWN: Final = {
    "account": f"select to_jsonb(t) as row from account t where id in ({OWN}) order by id",
    "bill": f"""select to_jsonb(t) || jsonb_build_object('withdrawn', not exists (
                    select 1 from bill_in_force f where f.bill = t.id)) as row
                from bill t where account in ({OWN}) order by issued_at, id""",
    "charge_line": f"""select to_jsonb(t) as row from charge_line t join bill b on b.id = t.bill
                       where b.account in ({OWN}) order by b.issued_at, b.id, t.ordinal""",
    "transfer": f"""select to_jsonb(t) as row from transfer t where account in ({OWN})
                    order by occurred_at, id""",
    "access": ACCESS,
}


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table: of the person's own accounts, and whom they may look at."""
    return rows_by_table(tx, _SHOWN, person)
