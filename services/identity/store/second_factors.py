"""Second factors, recovery codes, and sign-ins that wait for a second step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def second_factor(tx: Transaction, person_id: str) -> Row | None:
    """The person's, locked: ``sealed`` is None until one is confirmed, ``waiting`` one that is to be confirmed."""
    return tx.row(
        "select * from second_factor where person = cast(:person as uuid) for update", person=person_id
    )


def is_confirmed(tx: Transaction, person_id: str) -> bool:
    """Does the person have one that must be shown?"""
    found: bool = tx.value(
        """select exists (select 1 from second_factor where person = cast(:person as uuid)
                          and sealed is not null)""",
        person=person_id,
    )
    return found


def offer(tx: Transaction, person_id: str, waiting: str) -> None:
    """A sealed secret that waits for its first code; one that was confirmed before stays good until then."""
    tx.run(
        """insert into second_factor (person, waiting) values (cast(:person as uuid), :waiting)
           on conflict (person) do update set waiting = excluded.waiting""",
        person=person_id,
        waiting=waiting,
    )


def confirm(tx: Transaction, person_id: str, sealed: str, step: int, at: datetime, codes: list[str]) -> None:
    """The secret counts from now on, with new recovery codes (their digests)."""
    tx.run(
        """update second_factor set sealed = :sealed, waiting = null, last_step = :step, confirmed_at = :at
           where person = cast(:person as uuid)""",
        sealed=sealed,
        step=step,
        at=at,
        person=person_id,
    )
    tx.run("delete from recovery_code where person = cast(:person as uuid)", person=person_id)
    tx.run(
        """insert into recovery_code (person, code_hash)
           select cast(:person as uuid), unnest(cast(:codes as text[]))""",
        person=person_id,
        codes=codes,
    )


def use_step(tx: Transaction, person_id: str, step: int) -> None:
    """Its code, and those before it, are good no more."""
    tx.run(
        "update second_factor set last_step = :step where person = cast(:person as uuid)",
        step=step,
        person=person_id,
    )


def use_recovery_code(tx: Transaction, person_id: str, code_hash: str, at: datetime) -> bool:
    """False if there is no such code, or it was used."""
    return (
        tx.run(
            """update recovery_code set used_at = :at
               where person = cast(:person as uuid) and code_hash = :hash and used_at is null""",
            at=at,
            person=person_id,
            hash=code_hash,
        )
        == 1
    )


def recovery_codes_left(tx: Transaction, person_id: str) -> int:
    """How many are unused."""
    found: int = tx.value(
        "select count(*) from recovery_code where person = cast(:person as uuid) and used_at is null",
        person=person_id,
    )
    return found


def remove(tx: Transaction, person_id: str) -> bool:
    """The person has none any more. False if there was none."""
    tx.run("delete from recovery_code where person = cast(:person as uuid)", person=person_id)
    return tx.run("delete from second_factor where person = cast(:person as uuid)", person=person_id) == 1


# --- sign-ins that wait -------------------------------------------------------------------------------------------


def add_challenge(
    tx: Transaction, challenge: str, person_id: str, secret_hash: str, at: datetime, expires_at: datetime
) -> None:
    """A sign-in whose password was right."""
    tx.run(
        """insert into challenge (id, person, secret_hash, state, created_at, expires_at)
           values (cast(:id as uuid), cast(:person as uuid), :hash, 'issued', :at, :expires)""",
        id=challenge,
        person=person_id,
        hash=secret_hash,
        at=at,
        expires=expires_at,
    )


def challenge(tx: Transaction, challenge_id: str) -> Row | None:
    """Locked, with what is known of its person."""
    return tx.row(
        """select c.*, p.roles, p.disabled_at, p.password_hash from challenge c join person p on p.id = c.person
           where c.id = cast(:id as uuid) for update of c""",
        id=challenge_id,
    )


def person_of_challenge(tx: Transaction, challenge_id: str) -> str | None:
    """Whose it is; to be locked before the challenge is."""
    row = tx.row("select person::text from challenge where id = cast(:id as uuid)", id=challenge_id)
    return row["person"] if row else None


def end_challenges(tx: Transaction, person_id: str, state: str) -> None:
    """All of the person, who is locked, that wait for an answer."""
    tx.run(
        "update challenge set state = :state where person = cast(:person as uuid) and state = 'issued'",
        state=state,
        person=person_id,
    )


def set_challenge(tx: Transaction, challenge_id: str, state: str, tries: int) -> None:
    """After a try."""
    tx.run(
        "update challenge set state = :state, tries = :tries where id = cast(:id as uuid)",
        state=state,
        tries=tries,
        id=challenge_id,
    )


def forget_challenges(tx: Transaction, before: datetime) -> int:
    """Those that ended before a moment."""
    return tx.run("delete from challenge where expires_at < :before", before=before)
