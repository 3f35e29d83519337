"""SB-2: asking for misbehaviour."""

from typing import Any

import pytest

from tests.sandbox.helpers import Sandbox


def test_faults_are_listed_used_and_forgotten(sandbox: Sandbox) -> None:
    answer = sandbox.http.post(
        "/faults", json={"target": "smsc.send", "kind": "error", "code": 6, "times": 2}
    )
    assert answer.status_code == 201
    sandbox.fault("yookassa.get", "wrong_amount", amount="5.00", times=3)
    shown = sandbox.http.get("/faults").json()
    assert [(fault["target"], fault["kind"], fault["left"]) for fault in shown] == [
        ("smsc.send", "error", 2),
        ("yookassa.get", "wrong_amount", 3),
    ]
    assert shown[1]["amount"] == "5.00"
    query = {"login": "sms", "psw": "sms-password", "phones": "79000000001", "mes": "1", "fmt": "3"}
    for left in ([1], []):
        assert sandbox.http.get("/smsc/sys/send.php", params=query).json()["error_code"] == 6
        faults = sandbox.http.get("/faults").json()
        assert [fault["left"] for fault in faults if fault["target"] == "smsc.send"] == left
    assert "yookassa.get" in sandbox.http.get("/").text
    assert sandbox.http.delete("/faults").status_code == 204
    assert sandbox.http.get("/faults").json() == []


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"target": "bank", "kind": "slow"},
        {"target": "smtp", "kind": "twice"},
        {"target": "smtp", "kind": ["slow"]},
        {"target": "smtp", "kind": "slow", "times": 0},
        {"target": "smtp", "kind": "slow", "seconds": "1"},
        {"target": "smtp", "kind": "slow", "seconds": 601},
        {"target": "smtp", "kind": "slow", "colour": "red"},
        {"target": "yookassa.get", "kind": "wrong_amount", "amount": 5},
    ],
)
def test_wishes_that_make_no_sense_are_refused(sandbox: Sandbox, wrong: Any) -> None:
    answer = sandbox.http.post("/faults", json=wrong)
    assert answer.status_code == 400 and answer.json()["error"]
    assert sandbox.http.get("/faults").json() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[NaN]", b'["\\ud800"]', b'{"a":' * 2000, b"[1" + b"0" * 40 + b"]"]
)
@pytest.mark.parametrize("path", ["/faults", "/yookassa/v3/payments", "/atol/possystem/v5/getToken"])
def test_what_is_not_json_is_refused(sandbox: Sandbox, path: str, body: bytes) -> None:
    headers = {"Idempotence-Key": "not-json"}
    answer = sandbox.http.post(path, content=body, auth=("100500", "test_key"), headers=headers)
    assert answer.status_code == 400
