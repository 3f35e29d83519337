"""Sealed values: secrets that must cross the bus (one-time codes) and that only the addressee's service can read."""

from __future__ import annotations

from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken


class SealBrokenError(Exception):
    """The value was not sealed with our key, or was changed."""


class Seal:
    """Authenticated encryption under a key that only the two services hold."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key.encode())

    def close(self, value: Any) -> str:
        """Seal any JSON value."""
        return self._fernet.encrypt(msgspec.json.encode(value)).decode()

    def open(self, sealed: str) -> Any:
        """Read it back. Raises SealBrokenError."""
        try:
            return msgspec.json.decode(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise SealBrokenError("not sealed with this key") from error
