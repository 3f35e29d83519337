"""A browser that holds every answer against the interface's own description."""

from __future__ import annotations

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

from demo.browser import Browser, RefusedError


class OutsideSchemaError(AssertionError):
    """An answer is not what OpenAPI says."""


class CheckedBrowser(Browser):
    """Without a document it checks nothing."""

    def __init__(self, gateway: str, openapi: dict[str, Any] | None) -> None:
        super().__init__(gateway)
        self._openapi = openapi

    def raw(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """As a browser does it, then checked."""
        try:
            response = super().raw(method, path, body, key=key, **options)
        except RefusedError as refused:
            self._check(method, path, refused.status, refused.problem)
            raise
        if response.headers["content-type"].startswith("application/json"):
            self._check(method, path, response.status_code, response.json())
        return response

    def _check(self, method: str, path: str, status: int, content: Any) -> None:
        if self._openapi is None:
            return
        answers = self._operation(method, path)["responses"]
        if str(status) not in answers:
            raise OutsideSchemaError(f"{method} {path} answered {status}, described are {sorted(answers)}")
        (media,) = answers[str(status)]["content"].values()
        schema = {**media["schema"], "components": self._openapi["components"]}
        faults = list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(content))
        if faults:
            raise OutsideSchemaError(
                f"{method} {path} {status}: {faults[0].json_path} {faults[0].message[:300]}"
            )

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        assert self._openapi is not None
        plain = "/api/v1" + path.split("?")[0]
        # A literal part wins over a parameter, as in the gateway.
        templates = sorted(self._openapi["paths"], key=lambda template: template.count("{"))
        for template in templates:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, plain) and method.lower() in self._openapi["paths"][template]:
                found: dict[str, Any] = self._openapi["paths"][template][method.lower()]
                return found
        raise OutsideSchemaError(f"{method} {path} is not described")
