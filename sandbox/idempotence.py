"""Answers kept by Idempotence-Key: a repeat gets the first answer, another request an error."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sandbox.web import dump_json
from sandbox.yookassa_errors import invalid

_LONGEST_KEY = 64


class Answers:
    """The answers given so far. Refused requests are not kept: nothing was done, the key is still free."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, bytes]] = {}

    def once(self, key: str | None, path: str, body: Any, work: Callable[[], dict[str, Any]]) -> bytes:
        """The answer to this request, doing the work only the first time; raise YooKassaError."""
        if not key or len(key) > _LONGEST_KEY:
            raise invalid("Idempotence-Key is missing or too long", "Idempotence-Key")
        request = hashlib.sha256(
            f"{path}\n{json.dumps(body, sort_keys=True, default=str)}".encode()
        ).hexdigest()
        if key in self._answers:
            first_request, answer = self._answers[key]
            if first_request != request:
                raise invalid("Idempotence key duplicated", "Idempotence-Key")
            return answer
        answer = dump_json(work())
        self._answers[key] = request, answer
        return answer
