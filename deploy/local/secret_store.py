"""Passwords and keys made once per home and kept over restarts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from deploy.local.files import read_json, write_json


def password() -> str:
    """A random password that needs no quoting in a URL, a shell or a configuration file."""
    return secrets.token_hex(16)


class SecretStore:
    """`<home>/secrets.json`, readable for its owner only."""

    def __init__(self, home: Path) -> None:
        self.path = home / "secrets.json"
        self._values: dict[str, str] = read_json(self.path, {})

    def get(self, name: str, make: Callable[[], str] = password) -> str:
        """The secret of this name; made, and kept, when first asked for."""
        if name not in self._values:
            # Another process of the same home may have added its own since this one read the file.
            self._values = read_json(self.path, {}) | self._values
            self._values.setdefault(name, make())
            write_json(self.path, self._values)
        return self._values[name]
