"""Sixty-four accounts with a meter each, all of one person, for the cabinet benchmark."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg2

from benchmarks.signin import PASSWORD
from contracts.identifiers import account_id
from demo.browser import Browser
from demo.load import import_files_of, member_of_staff
from demo.world import Home
from deploy.local.stack import Stack

PROVIDER, OPENING = "uralenergosbyt", Decimal("1000")
HOMES = [
    Home(
        PROVIDER, f"77{number:08}", f"77{number:07}", "Иванов Иван Валерьевич", "Челябинск, ул. Труда, 17",
        "electricity", 1, False, {"1.8.0": OPENING},
    )
    for number in range(64)
]  # fmt: skip
SEEN = """
insert into access (person, account, scopes, via, since, version)
select %(person)s, unnest(%(accounts)s::uuid[]), '{see,readings}', 'link', now(), 1 on conflict do nothing"""


def add_meters(stack: Stack, login: str) -> tuple[str, list[str]]:
    """The token of the person who may read them, and the ids of the meters."""
    browser = Browser(stack.endpoints["gateway"]["url"])
    browser.sign_in(login, PASSWORD)
    administrator = Browser(stack.endpoints["gateway"]["url"])
    people = json.loads((stack.home / "demo.json").read_text(encoding="utf-8"))["sign_in"]
    administrator.sign_in_as(member_of_staff(people, "administrator"))
    import_files_of(administrator, HOMES, datetime.now(UTC) - timedelta(days=40))
    accounts = [account_id(PROVIDER, home.number) for home in HOMES]
    for service in ("metering", "billing"):
        with psycopg2.connect(stack.nodes.database_url(service)) as connection, connection.cursor() as cursor:
            cursor.execute(SEEN, {"person": browser.tokens["person"], "accounts": accounts})
            if service == "metering":
                cursor.execute("select id::text from meter where account = any(%s::uuid[])", [accounts])
                meters = [row[0] for row in cursor.fetchall()]
    return browser.tokens["access_token"], meters
