"""SB-1: the fiscal operator."""

import copy
import itertools
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.helpers import Receiver, Sandbox, eventually

BASE = "/atol/possystem/v5"
_numbers = itertools.count(1)


@pytest.fixture
def token(sandbox: Sandbox) -> str:
    answer = sandbox.http.post(f"{BASE}/getToken", json={"login": "atol", "pass": "atol-password"})
    assert answer.status_code == 200 and answer.json()["error"] is None
    found: str = answer.json()["token"]
    return found


def _document(**changes: Any) -> dict[str, Any]:
    item = {
        "name": "Electricity, day zone",
        "price": 4.23,
        "quantity": 123.456,
        "sum": 522.22,
        "measure": 50,
        "payment_method": "full_payment",
        "payment_object": 1,
        "vat": {"type": "vat22"},
    }
    receipt = {
        "client": {"email": "customer@example.org"},
        "company": {
            "email": "supplier@example.org",
            "sno": "osn",
            "inn": "7453313477",
            "payment_address": "https://cabinet.example.org",
        },
        "items": [item, {**item, "name": "Penalty", "price": 0.08, "quantity": 1, "sum": 0.08, "measure": 0}],
        "payments": [{"type": 1, "sum": 522.30}],
        "total": 522.30,
    }
    external_id = f"receipt-{time.time_ns()}-{next(_numbers)}"
    return {
        "timestamp": "22.11.2026 10:15:00",
        "external_id": external_id,
        "receipt": receipt,
        **changes,
    }


def _send(sandbox: Sandbox, token: str, document: Any, operation: str = "sell") -> httpx.Response:
    return sandbox.http.post(f"{BASE}/group-1/{operation}", json=document, headers={"Token": token})


def _report(sandbox: Sandbox, token: str, uuid: str) -> dict[str, Any]:
    answer = sandbox.http.get(f"{BASE}/group-1/report/{uuid}", headers={"Token": token})
    assert answer.status_code == 200
    report: dict[str, Any] = answer.json()
    return report


@pytest.mark.parametrize("operation", ["sell", "sell_refund"])
def test_a_receipt_is_taken_and_registered(sandbox: Sandbox, token: str, operation: str) -> None:
    document = _document()
    answer = _send(sandbox, token, document, operation)
    assert answer.status_code == 200
    taken = answer.json()
    assert (taken["status"], taken["error"]) == ("wait", None)
    waiting = _report(sandbox, token, taken["uuid"])
    assert (waiting["status"], waiting["error"]["code"]) == ("wait", 34)

    def done() -> dict[str, Any]:
        report = _report(sandbox, token, taken["uuid"])
        return report if report["status"] == "done" else {}

    report = eventually(done)
    assert report["error"] is None and report["external_id"] == document["external_id"]
    marks = report["payload"]
    assert marks["total"] == 522.30 and len(marks["fn_number"]) == 16
    assert marks["fiscal_document_number"] > 0 and marks["fiscal_document_attribute"] > 0
    assert marks["ecr_registration_number"] and marks["receipt_datetime"] and marks["ofd_inn"]
    assert marks["shift_number"] == 1 and marks["fiscal_receipt_number"] > 0
    assert "522.30" in sandbox.http.get(marks["ofd_receipt_url"]).text

    [shown] = sandbox.inbox("receipts", external_id=document["external_id"])
    assert (shown["operation"], shown["status"], shown["total"]) == (operation, "done", 522.30)
    assert shown["document"]["receipt"]["items"][0]["quantity"] == 123.456
    assert sandbox.inbox("receipts", external_id="another") == []


def test_a_correction(sandbox: Sandbox, token: str) -> None:
    document = _document()
    correction = document.pop("receipt")
    correction["correction_info"] = {"type": "self", "base_date": "21.11.2026", "base_number": "1"}
    del correction["client"]
    assert _send(sandbox, token, {**document, "correction": correction}, "sell_correction").status_code == 200
    del correction["correction_info"]
    again = {**document, "external_id": "c-2", "correction": correction}
    refused = _send(sandbox, token, again, "sell_correction")
    assert "correction.correction_info.type" in refused.json()["error"]["text"]


def test_a_repeat_names_the_first(sandbox: Sandbox, token: str) -> None:
    document = _document()
    first = _send(sandbox, token, document).json()["uuid"]
    answer = _send(sandbox, token, document)
    assert answer.status_code == 400
    repeat = answer.json()
    assert (repeat["uuid"], repeat["status"], repeat["error"]["code"]) == (first, "wait", 33)
    assert repeat["error"]["type"] == "system" and repeat["error"]["error_id"]
    assert len(sandbox.inbox("receipts", external_id=document["external_id"])) == 1


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("timestamp", "2026-11-22", "timestamp"),
        ("external_id", "x" * 129, "external_id"),
        ("receipt", None, "receipt"),
        ("receipt.client", {}, "receipt.client"),
        ("receipt.company.inn", "12", "receipt.company.inn"),
        ("receipt.company.sno", "none", "receipt.company.sno"),
        ("receipt.items", [], "receipt.items"),
        ("receipt.items.0.name", "x" * 129, "receipt.items[0].name"),
        ("receipt.items.0.sum", "522.22", "receipt.items[0].sum"),
        ("receipt.items.1.vat", {"type": "vat21"}, "receipt.items[1].vat.type"),
        ("receipt.items.1.payment_method", "later", "receipt.items[1].payment_method"),
        ("receipt.payments", [], "receipt.payments"),
        ("receipt.payments.0.sum", 522.31, "receipt.total"),
        ("receipt.total", 522.31, "receipt.total"),
        ("receipt.total", 522.301, "receipt.total"),
        ("receipt.company.sno", ["osn"], "receipt.company.sno"),
        ("service", "https://example.org", "service"),
    ],
)
def test_wrong_documents(sandbox: Sandbox, token: str, path: str, value: Any, field: str) -> None:
    document = copy.deepcopy(_document())
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    answer = _send(sandbox, token, document)
    error = answer.json()["error"]
    assert (answer.status_code, answer.json()["status"], error["code"]) == (400, "fail", 32)
    assert error["text"].endswith(f": {field}")


def test_who_may_call(sandbox: Sandbox, token: str) -> None:
    wrong = sandbox.http.post(f"{BASE}/getToken", json={"login": "atol", "pass": "guess"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, 12)
    assert _send(sandbox, "guess", _document()).json()["error"]["code"] == 10
    assert _send(sandbox, token, _document(), "buy").json()["error"]["code"] == 31
    other = sandbox.http.post(f"{BASE}/group-2/sell", json=_document(), headers={"Token": token})
    assert (other.status_code, other.json()["error"]["code"]) == (401, 20)
    unknown = sandbox.http.get(f"{BASE}/group-1/report/nothing", headers={"Token": token})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, 30)


def test_the_result_is_sent_to_the_callback(sandbox: Sandbox, token: str, receiver: Receiver) -> None:
    receiver.answers[:] = [503]
    document = _document(service={"callback_url": receiver.url})
    uuid = _send(sandbox, token, document).json()["uuid"]
    reports = receiver.wait(2)
    assert reports[0] == reports[1]
    assert (reports[0]["uuid"], reports[0]["status"]) == (uuid, "done")
    assert reports[0]["payload"]["fiscal_document_attribute"]
    assert [(hook["source"], hook["event"]) for hook in sandbox.inbox("webhooks")] == [("atol", "sell.done")]


def test_receipts_go_wrong_as_asked(sandbox: Sandbox, token: str) -> None:
    document = _document()
    sandbox.fault("atol.sell", "down")
    sandbox.fault("atol.sell", "error", code=50)
    sandbox.fault("atol.sell", "no_answer")
    assert _send(sandbox, token, document).status_code == 503
    assert _send(sandbox, token, document).json()["error"]["code"] == 50
    with pytest.raises(httpx.TransportError):
        _send(sandbox, token, document)
    assert _send(sandbox, token, document).json()["error"]["code"] == 33  # it had been taken

    sandbox.fault("atol.sell", "late", seconds=30)
    uuid = _send(sandbox, token, _document()).json()["uuid"]
    time.sleep(0.3)
    assert _report(sandbox, token, uuid)["status"] == "wait"
    sandbox.fault("atol.report", "error", code=-3804, reason="No paper")
    failed = _report(sandbox, token, uuid)
    assert (failed["status"], failed["error"]["code"], failed["error"]["text"]) == ("fail", -3804, "No paper")
    assert _report(sandbox, token, uuid)["status"] == "fail"
