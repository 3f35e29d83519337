"""A person's program in Python: signs in, sends a reading, reads the history.

Arguments: the gateway, the login, the password. It prints one line of JSON. mypy holds it to the generated package.
"""

from __future__ import annotations

import json
import sys
from typing import assert_never
from uuid import UUID

from cabinet_client import AuthenticatedClient, Client
from cabinet_client.api.history.history import sync as history
from cabinet_client.api.readings.submit_readings import sync as submit_readings
from cabinet_client.api.sessions.sign_in import sync as sign_in
from cabinet_client.models.accepted import Accepted
from cabinet_client.models.history import History
from cabinet_client.models.sign_in import SignIn
from cabinet_client.models.signed_in import SignedIn
from cabinet_client.models.submission import Submission
from cabinet_client.models.submission_values import SubmissionValues
from cabinet_client.types import UNSET, Unset


def words(page: History) -> list[str]:
    """A line for each thing that happened."""
    found = []
    for item in page.items:
        if item.kind == "reading":
            found.append(f"reading of {item.details.serial}")
        elif item.kind == "bill":
            found.append(f"bill {item.details.number}")
        elif item.kind == "payment":
            found.append(f"payment of {item.details.total}")
        else:
            assert_never(item)
    return found


def main(gateway: str, login: str, password: str) -> None:
    """All of it, with one page of the history after another."""
    session = sign_in(client=Client(base_url=gateway), body=SignIn(login=login, password=password))
    assert isinstance(session, SignedIn), session
    api = AuthenticatedClient(base_url=gateway, token=session.access_token)
    values = SubmissionValues()
    values["1.8.0"] = "12.5"
    unknown = submit_readings(
        UUID("00000000-0000-4000-8000-000000000000"),
        client=api,
        body=Submission(values=values),
        idempotency_key="12345678",
    )
    assert unknown is not None
    refused = "nothing" if isinstance(unknown, Accepted) else unknown.code
    found: list[str] = []
    cursor: str | Unset | None = UNSET
    while cursor is not None:
        page = history(client=api, kinds=["reading", "bill", "payment"], limit=2, cursor=cursor)
        assert isinstance(page, History), page
        found += words(page)
        cursor = page.next_
    print(json.dumps({"refused": refused, "found": found}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:4])
