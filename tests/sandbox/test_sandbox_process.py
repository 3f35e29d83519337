"""SB-1: one process that starts fast, tells clearly what it lacks, and ends at once."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.sandbox.helpers import PATIENCE, ROOT, Sandbox, environment, eventually, start, stop


def _run(settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "sandbox"]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=PATIENCE)


def test_missing_settings_are_named_all_at_once() -> None:
    done = _run({"PATH": os.environ["PATH"], "SANDBOX_HTTP_PORT": "nought"})
    assert done.returncode == 2
    assert "SANDBOX_HTTP_PORT is not a port number" in done.stderr
    assert "SANDBOX_SMTP_PORT is not set" in done.stderr
    assert "SANDBOX_YOOKASSA_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _run(environment(SANDBOX_SMTP_PORT=str(taken.getsockname()[1])))
    assert done.returncode == 1
    assert "cannot listen" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_even_while_a_call_hangs(number: signal.Signals) -> None:
    settings = environment()
    process = start(settings)
    with socket.create_connection(("127.0.0.1", int(settings["SANDBOX_HTTP_PORT"]))) as line:
        fault = b'{"target":"smsc.send","kind":"slow","seconds":600}'
        line.sendall(
            b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(fault), fault)
        )
        assert b"201" in line.recv(4096)
        line.sendall(b"GET /smsc/sys/send.php?login=sms&psw=sms-password HTTP/1.1\r\nHost: x\r\n\r\n")
        faults = f"http://127.0.0.1:{settings['SANDBOX_HTTP_PORT']}/faults"
        eventually(lambda: httpx.get(faults, trust_env=False).json() == [])  # the call has taken it
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0


def test_without_a_webhook_address_events_are_only_noted() -> None:
    settings = environment()
    process = start(settings)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{settings['SANDBOX_HTTP_PORT']}", trust_env=False
        ) as http:
            body = {
                "amount": {"value": "1.00", "currency": "RUB"},
                "confirmation": {"type": "redirect", "return_url": "http://127.0.0.1/"},
            }
            answer = http.post(
                "/yookassa/v3/payments",
                json=body,
                auth=("100500", "test_key"),
                headers={"Idempotence-Key": "1"},
            )
            http.post(f"/yookassa/expire/{answer.json()['id']}")
            assert [hook["state"] for hook in http.get("/inbox/webhooks").json()] == ["no_url"]
    finally:
        assert stop(process) == 0


def test_only_one_address_is_listened_on(sandbox: Sandbox) -> None:
    http_port = int(sandbox.url.rpartition(":")[2])
    for port in (sandbox.smtp_port, http_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=PATIENCE).close()


def test_in_a_container_all_addresses_can_be_listened_on() -> None:
    settings = environment(SANDBOX_HOST="0.0.0.0")
    process = start(settings)
    try:
        for name in ("SANDBOX_SMTP_PORT", "SANDBOX_HTTP_PORT"):
            socket.create_connection(("127.0.0.2", int(settings[name])), timeout=PATIENCE).close()
    finally:
        assert stop(process) == 0


def test_an_address_to_listen_on_that_is_none_is_told() -> None:
    done = _run(environment(SANDBOX_HOST="everywhere"))
    assert done.returncode == 2
    assert "SANDBOX_HOST is not an IPv4 address: 'everywhere'" in done.stderr


def test_the_overview_escapes_what_strangers_wrote(sandbox: Sandbox) -> None:
    sandbox.http.get(
        "/smsc/sys/send.php",
        params={
            "login": "sms",
            "psw": "sms-password",
            "phones": "79000000001",
            "mes": "<script>alert(1)</script>",
            "fmt": "3",
            "charset": "utf-8",
        },
    )
    page = sandbox.http.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in page.text and "<script" not in page.text
    assert 'http-equiv="refresh"' in page.text
