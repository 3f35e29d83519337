"""Health, readiness and metrics on a port of their own, answered whatever the workers are doing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
from eventlet import wsgi
from nameko.extensions import SharedExtension
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], bool]


class _Quiet:
    def write(self, _: str) -> None:
        """The access log of health checks interests nobody."""


class HealthServer(SharedExtension):
    """``/health/live``, ``/health/ready`` (503 until every check passes) and ``/metrics``."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._server: Any = None
        self.started = False

    def add_check(self, name: str, check: Check) -> None:
        """A readiness check: quick, without I/O."""
        self._checks[name] = check

    def start(self) -> None:
        """Listen; without a port (0) there is no server, as in unit tests."""
        settings = self.container.config.get("health", {})
        port = settings.get("port", 0)
        self.started = True
        if port:
            listener = eventlet.listen((settings.get("host", "127.0.0.1"), port))
            self._server = eventlet.spawn(
                wsgi.server, listener, self._answer, log=_Quiet(), log_output=False, keepalive=False
            )

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.kill()

    def failing(self) -> list[str]:
        """Names of the checks that do not pass."""
        return [name for name, check in self._checks.items() if not check()]

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [generate_latest()]
        if path == "/health/live":
            return _json(start_response, "200 OK", {"status": "ok"})
        if path == "/health/ready":
            failing = self.failing()
            status = "503 Service Unavailable" if failing else "200 OK"
            return _json(
                start_response, status, {"status": "failing" if failing else "ok", "failing": failing}
            )
        return _json(start_response, "404 Not Found", {"status": "unknown path"})


def _json(start_response: Callable[..., Any], status: str, body: dict[str, Any]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
