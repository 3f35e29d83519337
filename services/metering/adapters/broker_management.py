"""RabbitMQ's management API: users, rights and queues of head ends."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from services.metering.domain.head_ends import Rights, receipts_arguments, receipts_queue

#: Seconds for an answer.
PATIENCE = 20.0


class BrokerManagement:
    """Speaks for an administrator of the broker; ``url`` is ``http://user:password@host:port``."""

    def __init__(self, url: str, vhost: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        self._basic = base64.b64encode(user.encode()).decode()
        self._vhost = quote(vhost, safe="")

    def put_user(self, name: str, password: str) -> None:
        """Make it, or give it this password."""
        self._call("PUT", f"users/{quote(name, safe='')}", {"password": password, "tags": ""})

    def put_rights(self, name: str, rights: Rights) -> None:
        """All of them, in place of those it had."""
        user = quote(name, safe="")
        names = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        self._call("PUT", f"permissions/{self._vhost}/{user}", names)
        for exchange, keys in rights.topics.items():
            self._call("PUT", f"topic-permissions/{self._vhost}/{user}", {"exchange": exchange, **keys})

    def put_receipts(self, name: str, exchange: str) -> None:
        """The queue of its receipts, bound to the exchange by its name."""
        queue = quote(receipts_queue(name), safe="")
        body = {"durable": True, "auto_delete": False, "arguments": receipts_arguments()}
        self._call("PUT", f"queues/{self._vhost}/{queue}", body)
        bindings = f"bindings/{self._vhost}/e/{quote(exchange, safe='')}/q/{queue}"
        self._call("POST", bindings, {"routing_key": name, "arguments": {}})

    def delete(self, name: str) -> None:
        """The user with its rights, which ends its connections, and the queue of its receipts."""
        self._call("DELETE", f"users/{quote(name, safe='')}", missing=True)
        self._call("DELETE", f"queues/{self._vhost}/{quote(receipts_queue(name), safe='')}", missing=True)

    def _call(self, verb: str, path: str, body: Any = None, *, missing: bool = False) -> None:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=PATIENCE)
        headers = {"Authorization": f"Basic {self._basic}", "Content-Type": "application/json"}
        try:
            connection.request(verb, f"/api/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status >= 400 and not (missing and answer.status == 404):
            raise RuntimeError(f"the broker refused {verb} {path}: {answer.status} {answer.reason}")
