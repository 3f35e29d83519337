"""The real sandbox process on free loopback ports, with its receiver, and YooKassa's SDK set up for it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from yookassa import Configuration

from tests.sandbox.helpers import PATIENCE, Browser, Receiver, Sandbox, environment, eventually, start, stop


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hooks.bodies.append(body)
            self.send_response(hooks.answers.pop(0) if hooks.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hooks = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield hooks
    server.shutdown()
    server.server_close()


@pytest.fixture
def receiver(_receiver: Receiver, sandbox: Sandbox) -> Receiver:
    return _receiver


@pytest.fixture(scope="session")
def _sandbox(_receiver: Receiver) -> Iterator[Sandbox]:
    settings = environment(SANDBOX_YOOKASSA_WEBHOOK_URL=_receiver.url)
    process = start(settings)
    url = f"http://127.0.0.1:{settings['SANDBOX_HTTP_PORT']}"
    with httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client:
        yield Sandbox(url, int(settings["SANDBOX_SMTP_PORT"]), client)
    stop(process)


@pytest.fixture
def sandbox(_sandbox: Sandbox, _receiver: Receiver) -> Sandbox:
    """The running sandbox with an empty inbox, no faults, and nothing on its way from an earlier test."""
    _sandbox.http.delete("/faults")
    eventually(lambda: all(hook["state"] != "sending" for hook in _sandbox.inbox("webhooks")))
    _sandbox.http.delete("/inbox")
    _receiver.bodies.clear()
    _receiver.answers.clear()
    return _sandbox


@pytest.fixture
def sdk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """YooKassa's own SDK, configured for the sandbox."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("account_id", "secret_key", "auth_token", "api_url", "timeout", "max_attempts", "verify"):
        monkeypatch.setattr(Configuration, name, getattr(Configuration, name))  # put back afterwards
    Configuration.configure("100500", "test_key", api_url=sandbox.url + "/yookassa/v3")


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(sandbox.http)
