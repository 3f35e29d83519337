"""Configuration from the environment, read once at start. All that is wrong is reported at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any


class ConfigurationError(Exception):
    """Environment or profile files are not usable; the message lists every fault."""


class Environment:
    """Reads variables and collects faults; ``check`` raises them together.

    >>> env = Environment({"HEALTH_PORT": "8080"})
    >>> env.integer("HEALTH_PORT")
    8080
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables
        self.faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """A text; required unless a default is given."""
        value = self._variables.get(name)
        if value:
            # A PEM key in an env file has its line ends escaped.
            return value.replace("\\n", "\n") if value.startswith("-----BEGIN") else value
        if default is None:
            self.faults.append(f"{name} is not set")
            return ""
        return default

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        return self._parsed(name, default, int, "a whole number")

    def number(self, name: str, default: float | None = None) -> float:
        """A number, e.g. of seconds."""
        return self._parsed(name, default, float, "a number")

    def switch(self, name: str, default: bool = False) -> bool:
        """``1/true/yes/on`` or ``0/false/no/off``."""
        value = (self._variables.get(name) or "").lower()
        if not value:
            return default
        if value in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            return value in ("1", "true", "yes", "on")
        self.faults.append(f"{name} is neither on nor off: {value!r}")
        return default

    def _parsed(self, name: str, default: Any, parse: Callable[[str], Any], kind: str) -> Any:
        value = self._variables.get(name)
        if not value:
            if default is None:
                self.faults.append(f"{name} is not set")
                return 0
            return default
        try:
            return parse(value)
        except ValueError:
            self.faults.append(f"{name} is not {kind}: {value!r}")
            return default or 0

    def check(self) -> None:
        """Raise ConfigurationError if anything was missing or wrong."""
        if self.faults:
            raise ConfigurationError("; ".join(self.faults))
