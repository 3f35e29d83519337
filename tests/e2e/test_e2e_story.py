"""The story of one household and one month, step by step, from the outside only."""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from demo.story import PASSWORD, Story
from deploy.local.stack import Stack
from services.billing.domain.payment_qr import parse
from tests.e2e.checked import CheckedBrowser
from tests.support_code import clients


@pytest.fixture(scope="module")
def story(system: Stack, openapi: dict[str, Any]) -> Iterator[Story]:
    """One story for the module; its steps build on each other."""
    told = Story(system.endpoints)
    told.person = CheckedBrowser(system.endpoints["gateway"]["url"], openapi)
    told.accountant = CheckedBrowser(system.endpoints["gateway"]["url"], openapi)
    yield told
    told.end()


def test_bl1_mt1_the_registers_of_a_supplier_come_in(story: Story) -> None:
    story.supplier_hands_files_over()


def test_mt8_a_head_end_publishes_and_gets_its_receipt(story: Story) -> None:
    story.meter_publishes_the_month_so_far()


def test_id1_id6_a_person_registers_and_links_accounts_by_meter_serial(story: Story) -> None:
    story.person_registers_and_links()


def test_mt2_mt4_bl6_readings_give_a_charge_and_one_below_the_last_is_refused(story: Story) -> None:
    story.person_sends_readings()


def test_bl4_the_month_is_billed_by_zone_with_the_readings_and_their_sources(story: Story) -> None:
    story.month_is_billed()


def test_bl7_the_bill_as_pdf_names_sources_and_carries_the_payment_code(story: Story) -> None:
    for home, source in ((story.home, "АСКУЭ"), (story.dacha, "ИКУС")):
        bill = story.bills[home.number]
        pdf = story.person.raw("GET", f"/bills/{bill['bill']}/pdf").content
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        assert source in text
        assert home.number in text
        page = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
        (code,) = zxingcpp.read_barcodes(page)
        fields = parse(code.text)
        assert fields["PersAcc"] == home.number
        assert Decimal(fields["Sum"]) == Decimal(bill["closing"]) * 100


def test_gw6_a_browser_opens_the_pdf_by_a_link_once(story: Story, system: Stack) -> None:
    bill = story.bills[story.home.number]["bill"]
    made = story.person.raw("POST", f"/bills/{bill}/pdf/link", params={"language": "uk"}).json()
    address = system.endpoints["gateway"]["url"] + made["address"]
    opened = httpx.get(address)
    assert opened.headers["content-type"] == "application/pdf"
    [page] = PdfReader(io.BytesIO(opened.content)).pages
    assert story.home.number in page.extract_text()
    again = httpx.get(address)
    assert (again.status_code, again.json()["code"]) == (422, "link_wrong")


def test_py1_py4_py5_one_payment_reaches_both_ledgers_and_gets_a_fiscal_receipt(story: Story) -> None:
    story.both_bills_are_paid()


def test_py4_the_money_is_on_the_ledger_within_a_second_of_the_webhook(story: Story, system: Stack) -> None:
    """The webhook's moment as the payment system saw it, against the moment at which billing posted.

    A second, or on a machine so busy that the first page takes long, some times that; looking for payments whose
    webhook did not come would take fifteen.
    """
    hooks = [
        hook
        for hook in story.world.webhooks()
        if hook["body"].get("object", {}).get("metadata", {}).get("payment") == story.payment["payment"]
    ]
    assert len(hooks) == 2, "it was sent twice"
    posted = _billing(
        system, "select extract(epoch from max(posted_at)) from transfer where reference like %s",
        f"payment:{story.payment['payment']}:%",
    )  # fmt: skip
    sent = min(attempt["at"] for hook in hooks for attempt in hook["attempts"])
    pages = []
    for _ in range(5):
        began = time.monotonic()
        story.person.get("/overview")
        pages.append(time.monotonic() - began)
    allowed = min(max(1.0, 20 * statistics.median(pages)), 10.0)
    assert float(posted) - datetime.fromisoformat(sent).timestamp() < allowed


def test_ly2_points_are_awarded_and_the_level_shows_on_the_next_bill(story: Story) -> None:
    story.points_are_awarded()


def test_nt1_nt2_bell_and_mail_have_each_of_these(story: Story) -> None:
    story.bell_and_mail_have_it_all()


def test_gw2_gw3_the_first_page_and_the_history_show_it_all(story: Story) -> None:
    story.first_page_shows_it_all()


def test_gw6_clients_made_from_the_document_read_the_same_history(
    story: Story, system: Stack, tmp_path: Path
) -> None:
    login = (system.endpoints["gateway"]["url"], story.phone, PASSWORD)
    for made, by in (
        (clients.make_typescript_client, clients.NODE),
        (clients.make_python_client, Path(sys.executable)),
    ):
        folder = tmp_path / made.__name__
        folder.mkdir()
        told = json.loads(clients.run(by, made(folder), *login, cwd=folder))
        assert told["refused"] == "not_found"
        items = story.person.get("/history", limit=100)["items"]
        assert len(items) > 2
        named = {
            "reading": ("reading of", "serial"),
            "bill": ("bill", "number"),
            "payment": ("payment of", "total"),
        }
        lines = [f"{named[item['kind']][0]} {item['details'][named[item['kind']][1]]}" for item in items]
        assert told["found"] == lines


def test_gw2_a_dead_service_leaves_the_rest_of_the_first_page(story: Story, system: Stack) -> None:
    process = system.processes["loyalty"]
    process.kill()
    try:
        page = story.person.get("/overview")
        assert page["missing"] == ["points"]
        assert all(account["balance"] is not None for account in page["accounts"])
    finally:
        process.start()
        process.wait_ready()


def test_sp1_an_appeal_is_written_and_answered(story: Story) -> None:
    opened = story.person.post(
        "/appeals", {"kind": "appeal", "subject": "Показания", "text": "Почему так много?"}, once=True
    )
    operator = story.accountant
    operator.sign_in_as(story.staff("operator"))
    waiting = operator.get("/staff/appeals", limit=100)["appeals"]
    assert opened["appeal"] in [item["appeal"] for item in waiting]
    operator.post(f"/staff/appeals/{opened['appeal']}/answers", {"text": "Проверили, всё верно."}, once=True)
    thread = story.person.get(f"/appeals/{opened['appeal']}")
    assert [message["side"] for message in thread["messages"]] == ["person", "staff"]


def test_another_person_sees_nothing_of_it(story: Story, openapi: dict[str, Any], system: Stack) -> None:
    from demo.browser import RefusedError
    from demo.load import register
    from demo.world import fresh_phone

    stranger = CheckedBrowser(system.endpoints["gateway"]["url"], openapi)
    register(stranger, story.world, fresh_phone(), PASSWORD, None)
    account, meter = story.accounts[story.home.number], story.meters[story.home.number]
    bill = story.bills[story.home.number]["bill"]
    asked = [
        ("GET", f"/accounts/{account}/meters", None),
        ("GET", f"/accounts/{account}/statement?first_day=2026-01-01&last_day=2026-02-01", None),
        ("GET", f"/accounts/{account}/loyalty", None),
        ("PUT", f"/accounts/{account}/delivery", {"delivery": "email"}),
        ("GET", f"/bills/{bill}", None),
        ("GET", f"/bills/{bill}/pdf", None),
        ("GET", f"/payments/{story.payment['payment']}", None),
        ("GET", f"/meters/{meter}/intervals?first_day=2026-01-01&last_day=2026-01-02", None),
        ("POST", f"/meters/{meter}/readings", {"values": {"1.8.0": "9000"}}),
        ("DELETE", f"/accounts/{account}", None),
    ]
    for method, path, body in asked:
        with pytest.raises(RefusedError) as refused:
            stranger.call(method, path, body, key="stranger-key-1")
        assert refused.value.status == 404, (method, path, refused.value)
    assert stranger.get("/history")["items"] == []
    assert stranger.get("/overview")["accounts"] == []


def _billing(system: Stack, statement: str, *parameters: Any) -> Any:
    import psycopg2

    connection = psycopg2.connect(system.nodes.database_url("billing"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone()[0]
    finally:
        connection.close()
