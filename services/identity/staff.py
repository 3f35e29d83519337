"""Adds a member of staff: ``python -m services.identity.staff --email E --role operator [--role ...] [--name N]``.

DATABASE_URL names identity's database; the password is read from standard input. Roles: operator, accountant,
administrator. Adding someone who is there already changes nothing. Roles count once the member has enrolled a second
factor. With ``--reset-second-factor`` a member who has lost theirs can enrol another: for the last administrator,
whom nobody else could help.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime

from authorisation.subject import STAFF_ROLES
from chassis.database import Database, make_engine
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.domain.passwords import failed_rules
from services.identity.domain.states import SESSION
from services.identity.store import people, second_factors, sessions


def add_staff(database: Database, email: str, password: str, roles: list[str], name: str = "") -> bool:
    """False if the address is taken. Raises ValueError for a password that breaks the rules."""
    broken = failed_rules(password)
    if broken:
        raise ValueError(f"the password breaks: {', '.join(broken)}")
    hashed = secrets.hash_password(password)
    with database.transaction() as tx:
        return people.add_person(
            tx,
            new_id(),
            phone=None,
            email=email.strip().lower(),
            password_hash=hashed,
            language="ru",
            at=datetime.now(UTC),
            roles=roles,
            name=name,
        )


def reset_second_factor(database: Database, email: str) -> bool:
    """The member's sessions end, the next sign-in enrols another. False if there is nothing to reset."""
    with database.transaction() as tx:
        person = people.person_by_login(tx, email.strip().lower())
        if person is None or not person["roles"]:
            return False
        sessions.end_sessions(tx, str(person["id"]), SESSION.move("open", "staff_changed"))
        return second_factors.remove(tx, str(person["id"]))


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m services.identity.staff", description=__doc__)
    parser.add_argument("--email", required=True)
    parser.add_argument("--role", action="append", choices=sorted(STAFF_ROLES))
    parser.add_argument("--name", default="")
    parser.add_argument("--reset-second-factor", action="store_true")
    options = parser.parse_args(arguments)
    if bool(options.role) == options.reset_second_factor:
        parser.error("give --role to add a member, or --reset-second-factor")
    database = Database(make_engine(os.environ["DATABASE_URL"], 1))
    if options.reset_second_factor:
        print("reset" if reset_second_factor(database, options.email) else "nothing to reset")
        return 0
    try:
        added = add_staff(database, options.email, sys.stdin.readline().strip(), options.role, options.name)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("added" if added else "there already")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
