"""SB-1: the SMS service."""

import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.sandbox.helpers import Sandbox


def _query(**changes: str) -> dict[str, str]:
    query = {
        "login": "sms",
        "psw": "sms-password",
        "phones": "+7 (900) 123-45-67",
        "mes": "Код 123456",
        "charset": "utf-8",
        "fmt": "3",
    }
    return {**query, **changes}


def _send(sandbox: Sandbox, **changes: str) -> dict[str, Any]:
    answer = sandbox.http.post("/smsc/sys/send.php", data=_query(**changes))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_message_by_get_and_by_post(sandbox: Sandbox) -> None:
    by_get = sandbox.http.get("/smsc/sys/send.php", params=_query(id="by-get")).json()
    assert by_get == {"id": "by-get", "cnt": 1}
    assert _send(sandbox, phones="89001234567", mes="Second")["cnt"] == 1
    messages = sandbox.inbox("sms", phone="+79001234567")
    assert [message["text"] for message in messages] == ["Код 123456", "Second"]
    assert messages[0]["phone"] == "79001234567" and messages[0]["id"] == "by-get"
    assert sandbox.inbox("sms", phone="79000000000") == []


def test_a_repeated_id_sends_nothing_more(sandbox: Sandbox) -> None:
    first = _send(sandbox, id="2147483647")
    assert first == {"id": 2147483647, "cnt": 1}
    assert _send(sandbox, id="2147483647") == first
    assert len(sandbox.inbox("sms")) == 1
    _send(sandbox, id="2147483647", phones="79007654321")
    assert len(sandbox.inbox("sms")) == 2
    sandbox.http.delete("/inbox")
    _send(sandbox, id="2147483647")
    assert sandbox.inbox("sms") == []


def test_several_phones_and_parts(sandbox: Sandbox) -> None:
    assert _send(sandbox, phones="79000000001,79000000002;79000000003")["cnt"] == 3
    assert _send(sandbox, mes="ж" * 71)["cnt"] == 2
    assert _send(sandbox, mes="x" * 160)["cnt"] == 1
    assert [message["phone"] for message in sandbox.inbox("sms")][:3] == [
        "79000000001",
        "79000000002",
        "79000000003",
    ]


def test_status(sandbox: Sandbox) -> None:
    _send(sandbox, id="status-1")
    query = _query(id="status-1", phone="79001234567")
    status = sandbox.http.get("/smsc/sys/status.php", params=query).json()
    assert status["status"] == 1 and status["last_timestamp"] > 0 and status["err"] == 0
    unknown = sandbox.http.get("/smsc/sys/status.php", params={**query, "id": "other"}).json()
    assert unknown["status"] == -3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"psw": "guess"}, 2),
        ({"mes": ""}, 1),
        ({"phones": ""}, 1),
        ({"id": "an id"}, 1),
        ({"id": "0"}, 1),
        ({"phones": "112"}, 7),
    ],
)
def test_errors(sandbox: Sandbox, changes: dict[str, str], code: int) -> None:
    answer = _send(sandbox, **changes)
    assert answer["error_code"] == code and answer["error"]
    assert sandbox.inbox("sms") == []


def test_the_charset_of_old_and_plain_answers(sandbox: Sandbox) -> None:
    query = _query(id="old")
    del query["charset"], query["fmt"]
    answer = sandbox.http.get("/smsc/sys/send.php?" + urlencode(query, encoding="cp1251"))
    assert answer.text == "OK - 1 SMS, ID - old"
    assert sandbox.inbox("sms")[0]["text"] == "Код 123456"


def test_messages_go_wrong_as_asked(sandbox: Sandbox) -> None:
    sandbox.fault("smsc.send", "down")
    sandbox.fault("smsc.send", "error")
    sandbox.fault("smsc.send", "no_answer")
    sandbox.fault("smsc.send", "slow", seconds=0.3)
    query = _query(id="fault-1")
    assert sandbox.http.post("/smsc/sys/send.php", data=query).status_code == 503
    assert _send(sandbox, id="fault-1")["error_code"] == 8
    assert sandbox.inbox("sms") == []
    with pytest.raises(httpx.TransportError):
        _send(sandbox, id="fault-1")
    began = time.monotonic()
    assert _send(sandbox, id="fault-1")["cnt"] == 1
    assert time.monotonic() - began >= 0.3
    assert len(sandbox.inbox("sms")) == 1
