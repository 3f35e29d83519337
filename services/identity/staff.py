"""Adds a member of staff: ``python -m services.identity.staff --email E --role operator [--role ...] [--name N]``.

DATABASE_URL names identity's database; the password is read from standard input. Roles: operator, accountant,
administrator. Adding someone who is there already changes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime

from chassis.database import Database, make_engine
from chassis.subject import STAFF_ROLES
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.domain.passwords import failed_rules
from services.identity.store import people


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


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m services.identity.staff", description=__doc__)
    parser.add_argument("--email", required=True)
    parser.add_argument("--role", action="append", required=True, choices=sorted(STAFF_ROLES))
    parser.add_argument("--name", default="")
    options = parser.parse_args(arguments)
    database = Database(make_engine(os.environ["DATABASE_URL"], 1))
    try:
        added = add_staff(database, options.email, sys.stdin.readline().strip(), options.role, options.name)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("added" if added else "there already")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
