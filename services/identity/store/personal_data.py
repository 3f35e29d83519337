"""All that identity holds on a person (ID-9): to be shown, and to be erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from authorisation.personal_data import rows_by_table
from chassis.transaction import Transaction

Row = Mapping[str, Any]

# What is shown of each table: whole rows, so that a new column is not forgotten, without what only serves as a secret.
_SHOWN: Final = {
    "profile": """select to_jsonb(t) - array['password_hash'] as row from person t
                  where id = cast(:person as uuid)""",
    "consents": "select to_jsonb(t) as row from consent t where person = cast(:person as uuid) order by given_at, id",
    "sessions": """select to_jsonb(t) - array['refresh_hash', 'ended_by'] as row from session t
                   where person = cast(:person as uuid) order by created_at, id""",
    "groups": """select to_jsonb(t) as row from account_group t
                 where person = cast(:person as uuid) order by created_at, id""",
    "accounts": """select to_jsonb(t) as row from link t
                   where person = cast(:person as uuid) order by linked_at, account""",
    "grants_given": """select to_jsonb(t) as row from access_grant t
                       where giver = cast(:person as uuid) order by created_at, id""",
    "grants_received": """select to_jsonb(t) as row from access_grant t
                          where receiver = cast(:person as uuid) order by created_at, id""",
    "memberships": """select to_jsonb(t) as row from membership t
                      where person = cast(:person as uuid) order by created_at, id""",
    "registrations": """select to_jsonb(t) - array['password_hash', 'linking'] as row from registration t
                        where person = cast(:person as uuid) order by created_at, id""",
    "recoveries": """select to_jsonb(t) as row from recovery t
                     where person = cast(:person as uuid) order by created_at, id""",
    "contact_changes": """select to_jsonb(t) as row from contact_change t
                          where person = cast(:person as uuid) order by created_at, id""",
    "codes": """select to_jsonb(t) - array['code_hash'] as row from one_time_code t
                where owner = cast(:person as uuid) order by created_at, id""",
    "second_factor": """select to_jsonb(t) - array['sealed', 'waiting', 'last_step'] as row from second_factor t
                        where person = cast(:person as uuid)""",
}
# Rows that name nobody else and that nothing has to keep.
_ERASED: Final = ("second_factor", "recovery_code", "challenge")


def shown(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """By part, rows as plain JSON."""
    return rows_by_table(tx, _SHOWN, person)


def erase(tx: Transaction, person: str) -> None:
    """Rows of the tables above that stand for themselves. Sessions stay for as long as their tokens are good, so that
    those are refused, but say nothing any more."""
    for table in _ERASED:
        tx.run(f"delete from {table} where person = cast(:person as uuid)", person=person)
    tx.run("update session set device = '', network = '' where person = cast(:person as uuid)", person=person)


def erase_links(tx: Transaction, person: str) -> list[Row]:
    """Links and groups; the accounts that were linked, with the version of the access that ended."""
    rows = tx.rows(
        """delete from link where person = cast(:person as uuid)
           returning account::text, state, nextval('access_version') as version""",
        person=person,
    )
    tx.run("delete from account_group where person = cast(:person as uuid)", person=person)
    return sorted((row for row in rows if row["state"] != "unlinked"), key=lambda row: str(row["account"]))
