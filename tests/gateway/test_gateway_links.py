"""Documents by links of one use (GW-6)."""

from __future__ import annotations

import base64
from typing import Any

import jwt

from contracts.errors import CabinetError
from tests.gateway.world import SAMPLE_ID, World, problem

SECRET = "s" * 43
PDF = {"content": base64.b64encode(b"%PDF-1.7").decode(), "name": "счёт.pdf"}


def _opens(world: World, operation: str, path: dict[str, str], query: dict[str, str]) -> str:
    """What identity says of the link; the token that it gives."""
    token = world.keys.person()
    claims = jwt.decode(token, options={"verify_signature": False})
    opened = {"operation": operation, "path": path, "query": query, "access_token": token}
    world.answer("identity.open_document", {**opened, "person": claims["sub"], "session": claims["sid"]})
    return token


def test_gw6_a_link_is_made_with_the_same_path_and_query(world: World) -> None:
    world.answer("identity.link_document", {"secret": SECRET, "expires_in": 60})
    made = world.send(
        "POST", f"/meters/{SAMPLE_ID}/download/link?format=csv&first_day=2026-10-01&last_day=2026-10-31"
    )
    assert made.status_code == 201
    assert made.json == {"address": f"/api/v1/links/{SECRET}", "expires_in": 60}
    [(method, request)] = world.client.calls
    assert method == "identity.link_document"
    query = {"format": "csv", "first_day": "2026-10-01", "last_day": "2026-10-31", "language": "ru"}
    assert request == {"operation": "download_meter", "path": {"meter": SAMPLE_ID}, "query": query}


def test_gw6_a_link_is_refused_where_the_document_would_be(world: World) -> None:
    refused = world.send("POST", f"/meters/{SAMPLE_ID}/download/link?format=doc")
    faults = problem(refused, 422, "validation_failed")["errors"]
    assert {fault["pointer"] for fault in faults} == {
        "/format",
        "/first_day",
        "/last_day",
    }
    assert world.send("POST", f"/bills/{SAMPLE_ID}/pdf/link", None).status_code == 401


def test_gw6_a_link_opens_the_document_without_a_header(world: World) -> None:
    token = _opens(world, "bill_pdf", {"bill": SAMPLE_ID}, {"language": "uk"})
    world.answer("billing.bill_pdf", PDF)
    got = world.send("GET", f"/links/{SECRET}", None)
    assert (got.status_code, got.mimetype, got.data) == (200, "application/pdf", b"%PDF-1.7")
    assert world.client.calls == [
        ("identity.open_document", {"secret": SECRET}),
        ("billing.bill_pdf", {"bill": SAMPLE_ID, "language": "uk"}),
    ]
    # Identity is asked by nobody, the document by the person whose link it was.
    assert [context.subject for context in world.client.contexts] == ["", token]


def test_gw6_each_of_the_documents_opens(world: World) -> None:
    days = {"format": "csv", "first_day": "2026-10-01", "last_day": "2026-10-31"}
    file: dict[str, Any] = {**PDF, "media": "text/csv", "encoding": "identity"}
    world.answer("metering.download", file)
    _opens(world, "download_meter", {"meter": SAMPLE_ID}, days)
    assert world.send("GET", f"/links/{SECRET}", None).mimetype == "text/csv"
    world.answer("identity.personal_data", {"parts": {}, "missing": []})
    _opens(world, "my_personal_data", {}, {})
    assert world.send("GET", f"/links/{SECRET}", None).mimetype == "application/json"


def test_gw6_what_opens_nothing_says_so(world: World) -> None:
    world.answer("identity.open_document", CabinetError("link_wrong"))
    problem(world.send("GET", f"/links/{SECRET}", None), 422, "link_wrong")
    # Made by a gateway of another release, or for what is no document.
    _opens(world, "show_bill", {"bill": SAMPLE_ID}, {})
    problem(world.send("GET", f"/links/{SECRET}", None), 422, "link_wrong")
    assert world.send("GET", "/links/short", None).status_code == 404


def test_gw6_what_the_person_may_not_see_is_not_found(world: World) -> None:
    _opens(world, "bill_pdf", {"bill": SAMPLE_ID}, {})
    world.answer("billing.bill_pdf", CabinetError("not_found"))
    assert world.send("GET", f"/links/{SECRET}", None).status_code == 404
