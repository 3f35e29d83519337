"""What the gateway's tests share: the application over services that a test makes up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from werkzeug.test import Client, TestResponse

from authorisation.subject import SubjectVerifier
from chassis import context
from chassis.context import CallContext
from contracts.errors import CabinetError
from gateway import routes
from gateway.app import GatewayApp
from gateway.configuration import GatewaySettings
from gateway.operations import OPERATIONS, Operation
from tests.support_code.tokens import Tokens

routes.load()
API = "/api/v1"
SAMPLE_ID = "01a201d2-b350-73cd-a215-01733ea681bf"


class Answered:
    """A call under way, as RpcClient.start gives it."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def result(self) -> Any:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class FakeClient:
    """Stands in for RpcClient: ``answers["billing.bill"]`` is an answer, an exception, or a function of the request."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.contexts: list[CallContext] = []

    def start(
        self, service: str, method: str, kwargs: dict[str, Any], deadline: float, stock: bool = False
    ) -> Answered:
        self.calls.append((f"{service}.{method}", kwargs))
        self.contexts.append(context.current())
        answer = self.answers.get(f"{service}.{method}", CabinetError("service_unavailable", service=service))
        if callable(answer):
            try:
                answer = answer(**kwargs)
            except CabinetError as error:
                answer = error
        return Answered(answer)


class World:
    """The application, its services, somebody who asks."""

    def __init__(self, keys: Tokens, settings: GatewaySettings | None = None) -> None:
        self.keys = keys
        self.client = FakeClient()
        verifier = SubjectVerifier(keys.public_key, keys.service_key)
        # Limits are told apart where they are tested: a matrix of all operations asks more often than anybody.
        unlimited = GatewaySettings(policies=tuple(replace(one, quota=0) for one in GatewaySettings.policies))
        self.app = GatewayApp(self.client, verifier, settings=settings or unlimited)  # type: ignore[arg-type]
        self.http = Client(self.app)

    def answer(self, method: str, answer: Any) -> None:
        """What a service answers from now on."""
        self.client.answers[method] = answer

    def send(
        self, method: str, path: str, token: str | None = "", body: Any = None, **headers: str
    ) -> TestResponse:
        """A request of a person (of nobody with ``token=None``); headers are written with underscores."""
        found = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            found["Authorization"] = f"Bearer {token or self.keys.person()}"
        before = context.current()
        try:
            return self.http.open(API + path, method=method, json=body, headers=found)
        finally:
            context.enter(before)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        more.setdefault("Idempotency_Key", "key-00001")
        return self.send("POST", path, body=body, **more)

    def do(self, operation: Operation, token: str | None, **more: Any) -> TestResponse:
        """An operation with made-up ids in its path and an empty body."""
        path = operation.path
        for name, value in {"system": "yookassa", "channel": "1.29.0", "day": "2026-11-01"}.items():
            path = path.replace(f"{{{name}}}", value)
        while "{" in path:
            path = path[: path.index("{")] + SAMPLE_ID + path[path.index("}") + 1 :]
        body = {} if operation.body else None
        return self.send(operation.method, path, token, body, Idempotency_Key="key-00001", **more)


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The body of an error answer, which must be a whole one."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body: dict[str, Any] = json.loads(response.data)
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:cabinet:problem:{code}")
    assert body["title"] and body["request_id"] == response.headers["X-Request-Id"]
    assert set(body) <= {"type", "title", "status", "code", "detail", "request_id", "errors", "fields"}
    assert code == "validation_failed" or "errors" not in body, body
    return body


def by_name(name: str) -> Operation:
    """An operation."""
    return next(item for item in OPERATIONS if item.name == name)


Answer = Callable[..., Any]
