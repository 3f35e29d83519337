"""A browser whose person tries again while parts of the system are away, as people and apps do."""

from __future__ import annotations

import time
from typing import Any

import httpx

from demo.browser import Browser, RefusedError

PATIENCE = 180.0


class PatientBrowser(Browser):
    """Repeats a request until it is answered. Writes that carry an idempotency key are safe to repeat; for the others
    the answer that says "done before" counts as done."""

    def raw(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """As a browser does it, until it works."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return super().raw(method, path, body, key=key, **options)
            except RefusedError as refused:
                away = refused.status in (500, 503, 504) or refused.code == "idempotency_in_flight"
                if not away or time.monotonic() > until:
                    raise
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)
